-- Where the lanes of a subscription stand.
-- Variables: schema (of the audit table). Parameter: the subscription.
SELECT to_jsonb(cursor.*)::text
FROM :"schema".trigger_audit_feed_cursor AS cursor
WHERE cursor.subscription IN (%s)
ORDER BY cursor.shard
