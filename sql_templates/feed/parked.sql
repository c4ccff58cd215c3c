-- What a subscription has parked, in order, with the events; null for those whose events are gone.
-- Variables: schema (of the audit table). Parameters: the subscription, the last id that was read,
-- how many.
SELECT
    parked.event_id,
    parked.event_at,
    event.txid::text::bigint,
    event.op,
    event.table_schema,
    event.table_name,
    parked.object_id,
    event.old::text,
    event.new::text,
    event.context::text,
    event.db_user,
    parked.new_object_id,
    parked.model,
    parked.shard
FROM :"schema".trigger_audit_feed_parked AS parked
LEFT JOIN :"schema".trigger_audit_event AS event
    ON parked.event_id = event.id AND parked.event_at = event.at
WHERE parked.subscription IN (%s) AND parked.event_id > %s
ORDER BY parked.event_id
LIMIT %s
