-- A value of an image, of the type that is named by a null of it: the column's type may be another
-- now, and a value that does not convert to it is null.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_value(INOUT typed anyelement, stored jsonb)
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
-- As the capture functions write them.
SET "IntervalStyle" = 'postgres'
SET lc_monetary = 'C'
AS $body$
BEGIN
    IF stored IS NULL OR stored = 'null' THEN
        typed := NULL;
    ELSIF pg_typeof(typed) = 'jsonb'::regtype THEN
        typed := stored;
    ELSIF jsonb_typeof(stored) = 'object' AND pg_typeof(typed)::text ~ '(^|\.)hstore$' THEN
        typed := (
            SELECT coalesce(
                string_agg(
                    format(
                        '"%s"=>%s',
                        regexp_replace(pair.key, '["\\]', '\\\&', 'g'),
                        coalesce(
                            '"' || regexp_replace(pair.value, '["\\]', '\\\&', 'g') || '"', 'NULL'
                        )
                    ),
                    ', '
                ),
                ''
            )
            FROM jsonb_each_text(stored) AS pair
        );
    ELSIF jsonb_typeof(stored) IN ('array', 'object') THEN
        EXECUTE format(
            'SELECT value FROM jsonb_to_record($1) AS stored (value %s)', pg_typeof(typed)
        ) INTO typed USING jsonb_build_object('value', stored);
    ELSE
        typed := stored #>> '{}';
    END IF;
EXCEPTION
    WHEN OTHERS THEN
        typed := NULL;
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_value(anyelement, jsonb) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_value(anyelement, jsonb)
IS 'A value of an image, converted to the type of the first argument; null if it does not convert.';
