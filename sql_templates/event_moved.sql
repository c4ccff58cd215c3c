-- The few updates that gave a row another key, as far as its column is called "id". The planner
-- takes IS NULL for rare, and <> for common.
-- Variables: schema.
CREATE INDEX trigger_audit_event_moved
ON :"schema".trigger_audit_event (table_name, id)
WHERE CASE WHEN op = 'UPDATE' AND (new ->> 'id') <> object_id THEN NULL ELSE FALSE END IS NULL;

COMMENT ON INDEX :"schema".trigger_audit_event_moved
IS 'Finds the updates that gave a row another key.';
