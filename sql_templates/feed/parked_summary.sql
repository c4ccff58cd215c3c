-- What each lane has parked: events that failed, all that wait, and rows.
-- Variables: schema (of the audit table).
SELECT
    parked.subscription,
    parked.shard,
    count(parked.error) AS failed,
    count(*) AS events,
    count(DISTINCT concat_ws(' ', parked.model, parked.object_id)) AS keys
FROM :"schema".trigger_audit_feed_parked AS parked
GROUP BY parked.subscription, parked.shard
