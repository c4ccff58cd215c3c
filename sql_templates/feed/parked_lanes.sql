-- The lanes of a subscription that have parked events.
-- Variables: schema (of the audit table). Parameter: the subscription.
SELECT DISTINCT parked.shard
FROM :"schema".trigger_audit_feed_parked AS parked
WHERE parked.subscription IN (%s)
ORDER BY parked.shard
