-- A primary key as events name it in object_id: a value, or a row of several.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_key_text(key anyelement)
RETURNS text
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
-- As the capture functions write keys.
SET "TimeZone" = 'UTC'
SET "DateStyle" = 'ISO, YMD'
SET "IntervalStyle" = 'postgres'
SET bytea_output = 'hex'
SET extra_float_digits = 1
AS $body$
BEGIN
    IF pg_typeof(key) = 'record'::regtype THEN
        RETURN :"schema".trigger_audit_object_id((
            -- f10 comes after f9: jsonb sorts shorter keys first.
            SELECT jsonb_agg(part.value ORDER BY part.place)::text
            FROM jsonb_each(to_jsonb(key)) WITH ORDINALITY AS part (name, value, place)
        ));
    END IF;
    RETURN :"schema".trigger_audit_object_id(key::text);
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_key_text(anyelement) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_key_text(anyelement)
IS 'A primary key as events name it.';
