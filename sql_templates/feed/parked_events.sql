-- The events of a subscription that failed, with how many wait for each row.
-- Variables: schema (of the audit table). Parameters: the subscription, at most how many.
SELECT
    parked.event_id,
    parked.model,
    parked.object_id,
    parked.attempts,
    parked.error,
    parked.at,
    (
        SELECT count(*)
        FROM :"schema".trigger_audit_feed_parked AS later
        WHERE
            later.subscription = parked.subscription
            AND later.event_id > parked.event_id
            AND later.model = parked.model
            AND parked.new_object_id IN (later.object_id, later.new_object_id)
    ) AS waiting
FROM :"schema".trigger_audit_feed_parked AS parked
WHERE parked.subscription IN (%s) AND parked.error IS NOT NULL
ORDER BY parked.event_id
LIMIT %s
