-- Whether an event was written while its table's name was that of the periods' table.
-- The body is no string, so that it is inlined.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_is_within(
    table_name text, event_id bigint, periods jsonb
)
RETURNS boolean
LANGUAGE sql
IMMUTABLE
RETURN periods IS NULL OR event_id <@ (periods ->> table_name)::pg_catalog.int8multirange;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_is_within(text, bigint, jsonb) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_is_within(text, bigint, jsonb)
IS 'Whether an event was written while the name was its table''s.';
