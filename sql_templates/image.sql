-- A row as events show it, whatever the session's settings. json and money are given as text and
-- as numeric, as the capture functions do.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_image(shown anyelement)
RETURNS jsonb
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
SET "TimeZone" = 'UTC'
SET "DateStyle" = 'ISO, YMD'
SET "IntervalStyle" = 'postgres'
SET bytea_output = 'hex'
SET extra_float_digits = 1
AS $body$
BEGIN
    RETURN to_jsonb(shown);
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_image(anyelement) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_image(anyelement)
IS 'A row as events show it, whatever the session''s settings.';
