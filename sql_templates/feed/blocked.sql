-- Rows whose later events have to wait, among those of a page.
-- Variables: schema (of the audit table). Parameters: the subscription, the keys of the page, the
-- keys again, the models whose tables are emptied in the page.
SELECT DISTINCT
    parked.model,
    parked.object_id,
    parked.new_object_id
FROM :"schema".trigger_audit_feed_parked AS parked
WHERE
    parked.subscription IN (%s)
    AND parked.blocks
    AND (
        parked.object_id IS NULL
        OR parked.object_id = any(%s::text[])
        OR parked.new_object_id = any(%s::text[])
        OR parked.model = any(%s::text[])
    )
