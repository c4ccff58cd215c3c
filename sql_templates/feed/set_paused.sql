-- Has a subscription wait, or go on at once.
-- Variables: schema (of the audit table). Parameters: whether it waits, the subscription.
UPDATE :"schema".trigger_audit_feed_cursor AS cursor
SET
    paused = %s,
    retry_at = NULL
WHERE cursor.subscription IN (%s)
RETURNING cursor.shard
