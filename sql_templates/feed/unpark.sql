-- An event is parked no longer.
-- Variables: schema (of the audit table). Parameters: the subscription, the event's id.
DELETE FROM :"schema".trigger_audit_feed_parked AS parked
WHERE (parked.subscription, parked.event_id) = (%s, %s)
RETURNING parked.event_id
