-- Called after ALTER TABLE ... RENAME TO of an audited table: its capture function gets the name
-- that goes with the new one, and a RENAME event keeps both names.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_rename_table(
    audited regclass, old_name text, new_function text
)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    capture CONSTANT regprocedure := :"schema".trigger_audit_capture_of(audited);
BEGIN
    IF EXISTS (SELECT FROM pg_proc WHERE oid = capture AND proname <> new_function) THEN
        EXECUTE format('ALTER FUNCTION %s RENAME TO %I', capture, new_function);
    END IF;
    PERFORM :"schema".trigger_audit_record_rename(
        audited,
        jsonb_build_object('table_name', old_name),
        jsonb_build_object('table_name', (SELECT relname FROM pg_class WHERE oid = audited))
    );
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_rename_table(regclass, text, text) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_rename_table(regclass, text, text)
IS 'Has the capture function follow its renamed table, and records both names.';
