-- Notes why a parked event failed.
-- Variables: schema (of the audit table). Parameters: the error, the subscription, the event's id.
UPDATE :"schema".trigger_audit_feed_parked AS parked
SET error = %s
WHERE (parked.subscription, parked.event_id) = (%s, %s)
RETURNING parked.attempts
