-- Where a lane stands, and whether the subscription has parked nothing.
-- Variables: schema (of the audit table). Parameters: the subscription, the shard.
SELECT
    to_jsonb(cursor.*)::text AS cursor,
    NOT EXISTS (
        SELECT FROM :"schema".trigger_audit_feed_parked AS parked
        WHERE parked.subscription = cursor.subscription
    ) AS all_flows
FROM :"schema".trigger_audit_feed_cursor AS cursor
WHERE (cursor.subscription, cursor.shard) = (%s, %s)
