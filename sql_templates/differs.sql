-- Whether one of these columns differs between two images.
-- The body is no string, so that it is inlined.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_differs(
    old jsonb, new jsonb, column_names text[]
)
RETURNS boolean
LANGUAGE sql
IMMUTABLE
RETURN EXISTS (
    SELECT
    FROM pg_catalog.unnest(trigger_audit_differs.column_names) AS compared (name)
    -- As JSON's text: 1.0 equals 1.00, but is not the same, and neither is "1.0".
    WHERE
        nullif((trigger_audit_differs.old -> compared.name)::text, 'null')
        IS DISTINCT FROM nullif((trigger_audit_differs.new -> compared.name)::text, 'null')
);

REVOKE ALL ON FUNCTION :"schema".trigger_audit_differs(jsonb, jsonb, text[]) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_differs(jsonb, jsonb, text[])
IS 'Whether one of these columns differs between two images.';
