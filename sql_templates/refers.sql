-- Whether one of these columns of an image has a value.
-- The body is no string, so that it is inlined.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_refers(
    image jsonb, column_names text[], key text
)
RETURNS boolean
LANGUAGE sql
IMMUTABLE
RETURN EXISTS (
    SELECT
    FROM pg_catalog.unnest(trigger_audit_refers.column_names) AS referring (name)
    WHERE trigger_audit_refers.image ->> referring.name = trigger_audit_refers.key
);

REVOKE ALL ON FUNCTION :"schema".trigger_audit_refers(jsonb, text[], text) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_refers(jsonb, text[], text)
IS 'Whether one of these columns of an image has a value.';
