-- Parks events.
-- Variables: schema (of the audit table). Parameter: the events, as JSON.
INSERT INTO :"schema".trigger_audit_feed_parked (
    subscription,
    event_id,
    event_at,
    shard,
    model,
    object_id,
    new_object_id,
    blocks,
    attempts,
    error
)
SELECT
    parked.subscription,
    parked.event_id,
    parked.event_at,
    parked.shard,
    parked.model,
    parked.object_id,
    parked.new_object_id,
    parked.blocks,
    parked.attempts,
    parked.error
FROM jsonb_populate_recordset(
    cast(NULL AS :"schema".trigger_audit_feed_parked), %s::jsonb
) AS parked
