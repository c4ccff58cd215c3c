-- Drops the functions that read the audit table.
-- Variables: schema.
DROP FUNCTION IF EXISTS :"schema".trigger_audit_image(anyelement);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_diff(jsonb, jsonb);
