-- Counts an attempt to deliver a parked event, unless it waits for an earlier one.
-- Variables: schema (of the audit table). Parameters: the subscription, the event's id.
UPDATE :"schema".trigger_audit_feed_parked AS parked
SET attempts = parked.attempts + 1
WHERE
    (parked.subscription, parked.event_id) = (%s, %s)
    AND NOT EXISTS (
        SELECT FROM :"schema".trigger_audit_feed_parked AS earlier
        WHERE
            earlier.subscription = parked.subscription
            AND earlier.event_id < parked.event_id
            AND earlier.blocks
            AND earlier.model = parked.model
            AND (
                earlier.object_id IS NULL
                OR parked.object_id IS NULL
                OR earlier.object_id IN (parked.object_id, parked.new_object_id)
                OR earlier.new_object_id IN (parked.object_id, parked.new_object_id)
            )
    )
RETURNING parked.attempts
