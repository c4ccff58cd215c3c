-- An image, with the present names of its columns; null for names leaves it as it is.
-- The body is no string, so that it is inlined.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_translate(image jsonb, names jsonb)
RETURNS jsonb
LANGUAGE sql
IMMUTABLE
RETURN CASE
    WHEN names IS NULL OR image IS NULL THEN image
    ELSE (
        SELECT coalesce(pg_catalog.jsonb_object_agg(names ->> key, value), '{}')
        FROM pg_catalog.jsonb_each(image)
        WHERE names ? key
    )
END;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_translate(jsonb, jsonb) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_translate(jsonb, jsonb)
IS 'An image, with the present names of its columns.';
