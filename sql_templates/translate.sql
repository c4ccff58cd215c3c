-- An image, with other names for its columns; those that have none are left out.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_translate(image jsonb, names jsonb)
RETURNS jsonb
LANGUAGE sql
IMMUTABLE
STRICT
SET search_path = pg_catalog, pg_temp
AS $body$
    SELECT coalesce(jsonb_object_agg(names ->> key, value), '{}')
    FROM jsonb_each(image)
    WHERE names ? key
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_translate(jsonb, jsonb) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_translate(jsonb, jsonb)
IS 'An image, with other names for its columns.';
