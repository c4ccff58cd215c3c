-- The events of a subscription that failed, each of which others may wait for.
-- Variables: schema (of the audit table). Parameter: the subscription.
SELECT parked.event_id
FROM :"schema".trigger_audit_feed_parked AS parked
WHERE parked.subscription IN (%s) AND parked.error IS NOT NULL
ORDER BY parked.event_id
