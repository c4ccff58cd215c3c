-- Forgets how far a subscription came, and what it parked.
-- Variables: schema (of the audit table). Parameter: the subscription.
WITH gone AS (
    SELECT %s::text AS subscription
),

unparked AS (
    DELETE FROM :"schema".trigger_audit_feed_parked AS parked
    USING gone
    WHERE parked.subscription = gone.subscription
)

DELETE FROM :"schema".trigger_audit_feed_cursor AS cursor
USING gone
WHERE cursor.subscription = gone.subscription
RETURNING cursor.shard
