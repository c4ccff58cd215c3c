-- The models that parked events are of and that a subscription does not have, each with its latest
-- such event.
-- Variables: schema (of the audit table). Parameters: the subscription, the models that it has.
SELECT DISTINCT ON (parked.model)
    parked.model,
    event.id,
    event.table_schema,
    event.table_name
FROM :"schema".trigger_audit_feed_parked AS parked
INNER JOIN :"schema".trigger_audit_event AS event
    ON parked.event_id = event.id AND parked.event_at = event.at
WHERE parked.subscription IN (%s) AND parked.model <> all(%s::text[])
ORDER BY parked.model ASC, event.id DESC
