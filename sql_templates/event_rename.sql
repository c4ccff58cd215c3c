-- The few events that tell of renames, whatever the size of the audit table.
-- Variables: schema.
CREATE INDEX trigger_audit_event_rename
ON :"schema".trigger_audit_event (table_schema, id) WHERE op = 'RENAME';

COMMENT ON INDEX :"schema".trigger_audit_event_rename
IS 'Finds the names that a table and its columns had.';
