-- Says that parked events are of a model by its present name.
-- Variables: schema (of the audit table). Parameters: the name, the subscription, the former name.
UPDATE :"schema".trigger_audit_feed_parked AS parked
SET model = %s
WHERE (parked.subscription, parked.model) = (%s, %s)
RETURNING parked.event_id
