-- Forgets how far a subscription came, what it parked and what its tasks handled.
-- Variables: schema (of the audit table). Parameter: the subscription.
WITH gone AS (
    SELECT %s::text AS subscription
),

unparked AS (
    DELETE FROM :"schema".trigger_audit_feed_parked AS parked
    USING gone
    WHERE parked.subscription = gone.subscription
),

unreceived AS (
    DELETE FROM :"schema".trigger_audit_feed_receipt AS receipt
    USING gone
    WHERE receipt.subscription = gone.subscription
)

DELETE FROM :"schema".trigger_audit_feed_cursor AS cursor
USING gone
WHERE cursor.subscription = gone.subscription
RETURNING cursor.shard
