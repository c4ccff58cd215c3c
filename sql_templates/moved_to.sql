-- The key that an UPDATE gave to a row; null if the row kept its own. Images of what changed have a
-- key only if it changed.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_moved_to(
    key text, key_columns text[], old jsonb, new jsonb
)
RETURNS text
LANGUAGE sql
IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $body$
    SELECT :"schema".trigger_audit_object_id(
        CASE
            WHEN cardinality(key_columns) > 1 THEN (
                SELECT jsonb_agg(
                    coalesce(
                        new -> name,
                        old -> name,
                        -- A key that was cut is no JSON.
                        CASE WHEN starts_with(reverse(key), ']') THEN key::jsonb -> (place - 1)::integer END
                    )
                    ORDER BY place
                )::text
                FROM unnest(key_columns) WITH ORDINALITY AS part (name, place)
            )
            -- As JSON has moments, and as text has them.
            WHEN key ~ '^\d{4,}-\d\d-\d\d \d\d:\d\d:' THEN regexp_replace(
                new ->> key_columns[1], '^(\S{10,})T(\S*?)(?:(\+00):00)?$', '\1 \2\3'
            )
            ELSE new ->> key_columns[1]
        END
    )
    WHERE EXISTS (
        SELECT
        FROM unnest(key_columns) AS part (name)
        WHERE new ? name AND new -> name IS DISTINCT FROM old -> name
    )
$body$;

REVOKE ALL ON FUNCTION
:"schema".trigger_audit_moved_to(text, text[], jsonb, jsonb) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_moved_to(text, text[], jsonb, jsonb)
IS 'The key that an UPDATE gave to a row; null if the row kept its own.';
