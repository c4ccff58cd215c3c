-- Drops the audit table, with every event, and the functions beside it.
-- Variables: schema.
DROP TABLE IF EXISTS :"schema".trigger_audit_event CASCADE;
DROP FUNCTION IF EXISTS :"schema".trigger_audit_forget_column(regclass, text);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_rename_column(regclass, text, text);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_rename_table(regclass, text, text);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_record_rename(regclass, jsonb, jsonb);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_replace_body(regprocedure, text);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_rewrite_column(text, text, text);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_capture_of(regclass);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_flush();
DROP FUNCTION IF EXISTS :"schema".trigger_audit_prepare_partitions(integer);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_make_partition(text, timestamptz, timestamptz);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_guard_table(regclass);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_withhold(text, oid);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_set_guards(regclass, boolean);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_guard();
DROP FUNCTION IF EXISTS :"schema".trigger_audit_toast_id(bytea);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_toast_id(jsonb);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_toast_id(text);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_object_id(text);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_context();
DROP FUNCTION IF EXISTS :"schema".trigger_audit_long_statement_context();
DROP FUNCTION IF EXISTS :"schema".trigger_audit_parse_context(text);
