-- The capture function of a table, found by its triggers; null if the table is not audited.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_capture_of(audited regclass)
RETURNS regprocedure
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $body$
    SELECT tgfoid::regprocedure
    FROM pg_trigger
    WHERE
        tgrelid = audited
        AND starts_with(tgname::text, '!trigger_audit_')
        AND NOT tgisinternal
    LIMIT 1
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_capture_of(regclass) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_capture_of(regclass)
IS 'The function that writes the events of a table.';
