-- Called after ALTER TABLE ... DROP COLUMN of an audited column, by a migration that knows nothing
-- of the audit: its capture function takes the column for null until makemigrations has caught up.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_forget_column(
    audited regclass, dropped_column text
)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $body$
DECLARE
    capture CONSTANT regprocedure := :"schema".trigger_audit_capture_of(audited);
    old_body CONSTANT text := (SELECT prosrc FROM pg_proc WHERE oid = capture);
    identifier CONSTANT text := '"' || replace(dropped_column, '"', '""') || '"';
    -- Not a column whose name goes on with a quote, doubled there.
    new_body CONSTANT text := regexp_replace(
        old_body,
        '\m(OLD|NEW)\.'
        || regexp_replace(identifier, '[][(){}.*+?^$|\\]', '\\\&', 'g')
        || '(?!")',
        'NULL',
        'g'
    );
BEGIN
    IF new_body <> old_body THEN
        PERFORM :"schema".trigger_audit_replace_body(capture, new_body);
    END IF;
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_forget_column(regclass, text) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_forget_column(regclass, text)
IS 'Has the capture function take a dropped column for null.';
