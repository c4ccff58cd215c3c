-- Drops what is for reading the audit table.
-- Variables: schema.
DROP FUNCTION IF EXISTS :"schema".trigger_audit_inherit_rights(regclass, regclass);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_key_text(anyelement);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_differs(jsonb, jsonb, text[]);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_refers(jsonb, text[], text);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_past_columns(text, text[]);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_is_within(text, bigint, jsonb);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_periods(text);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_names(text);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_schema(text);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_image(anyelement);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_as_of(anyelement, timestamptz, text);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_as_of_query(
    regclass, text, text[], text[], boolean, boolean, boolean
);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_row_history(
    text, text, text[], text[], timestamptz, text
);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_truncations(text, text, timestamptz);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_table_of(regtype, timestamptz);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_key(regclass, text, text[], text);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_record(anyelement, jsonb);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_value(anyelement, jsonb);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_captured(regclass);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_states(
    text, text, text[], text[], timestamptz, timestamptz, bigint, bigint, text[]
);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_merged_states(
    text, text, text[], text[], timestamptz, timestamptz, bigint, bigint, text[], text[]
);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_nearest_states(
    text, text, text[], text[], timestamptz, timestamptz, bigint, bigint, text[]
);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_keyed(jsonb, text[], text);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_lineage(
    text, text, text[], text[], timestamptz, timestamptz, bigint, bigint, text[]
);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_changes(
    text, text, text[], text[], timestamptz, timestamptz, bigint, bigint, text[]
);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_arrived(
    text, text, text[], timestamptz, bigint, text
);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_moved_to(text, text[], jsonb, jsonb);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_translate(jsonb, jsonb);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_column_names(text, text, text[]);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_table_names(text, text);
DROP INDEX IF EXISTS :"schema".trigger_audit_event_moved;
DROP INDEX IF EXISTS :"schema".trigger_audit_event_rename;
DROP FUNCTION IF EXISTS :"schema".trigger_audit_diff(jsonb, jsonb);
