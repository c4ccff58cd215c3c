-- An image with the columns of the primary key, which it may leave out.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_keyed(
    image jsonb, key_columns text[], key text
)
RETURNS jsonb
LANGUAGE plpgsql
IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    IF image ?& key_columns THEN
        RETURN image;
    ELSIF cardinality(key_columns) = 1 THEN
        RETURN jsonb_build_object(key_columns[1], key) || image;
    END IF;
    RETURN (
        SELECT jsonb_object_agg(part.name, key::jsonb -> (part.place - 1)::integer)
        FROM unnest(key_columns) WITH ORDINALITY AS part (name, place)
    ) || image;
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_keyed(jsonb, text[], text) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_keyed(jsonb, text[], text)
IS 'An image with the columns of the primary key.';
