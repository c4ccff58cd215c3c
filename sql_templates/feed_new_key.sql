-- The primary key that an UPDATE of it leaves a row with, as events name keys.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_feed_new_key(
    object_id text, new jsonb, columns jsonb
)
RETURNS text
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $body$
    SELECT CASE count(*)
        WHEN 1 THEN coalesce(
            max(:"schema".trigger_audit_object_id(new ->> key.name)), object_id
        )
        -- An image of changes has only those parts of the key that changed.
        ELSE jsonb_agg(
            coalesce(new -> key.name, object_id::jsonb -> (key.position - 1)::integer)
            ORDER BY key.position
        )::text
    END
    FROM jsonb_array_elements_text(columns) WITH ORDINALITY AS key (name, position)
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_feed_new_key(text, jsonb, jsonb) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_feed_new_key(text, jsonb, jsonb)
IS 'The primary key that an UPDATE of it leaves a row with.';
