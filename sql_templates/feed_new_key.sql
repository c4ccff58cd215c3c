-- The primary key that an UPDATE of it leaves a row with, as events name keys.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_feed_new_key(
    object_id text, new jsonb, columns jsonb
)
RETURNS text
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    parts CONSTANT integer := jsonb_array_length(columns);
    new_key jsonb;
BEGIN
    IF parts = 1 THEN
        RETURN :"schema".trigger_audit_object_id(new ->> (columns ->> 0));
    END IF;
    SELECT jsonb_agg(new -> key.name ORDER BY key.position) INTO new_key
    FROM jsonb_array_elements_text(columns) WITH ORDINALITY AS key (name, position)
    WHERE new ? key.name;
    IF jsonb_array_length(new_key) < parts THEN
        -- An image of changes has only those parts of the key that changed, and a key that was cut
        -- does not tell the others.
        IF object_id LIKE '%...sha256:%' THEN
            RETURN object_id;
        END IF;
        SELECT
            jsonb_agg(
                coalesce(new -> key.name, object_id::jsonb -> (key.position - 1)::integer)
                ORDER BY key.position
            )
        INTO new_key
        FROM jsonb_array_elements_text(columns) WITH ORDINALITY AS key (name, position);
    END IF;
    RETURN :"schema".trigger_audit_object_id(new_key::text);
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_feed_new_key(text, jsonb, jsonb) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_feed_new_key(text, jsonb, jsonb)
IS 'The primary key that an UPDATE of it leaves a row with.';
