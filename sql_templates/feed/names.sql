-- The subscriptions that were begun, with how many lanes.
-- Variables: schema (of the audit table).
SELECT
    cursor.subscription,
    max(cursor.shards) AS shards
FROM :"schema".trigger_audit_feed_cursor AS cursor
GROUP BY cursor.subscription
ORDER BY cursor.subscription
