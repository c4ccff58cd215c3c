-- Called after ALTER TABLE … RENAME TO of an audited table: its capture function gets the name
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
    capture regprocedure := :"schema".trigger_audit_capture_of(audited);
BEGIN
    IF capture IS NOT NULL THEN
        EXECUTE format('ALTER FUNCTION %s RENAME TO %I', capture, new_function);
    END IF;
    INSERT INTO :"schema".trigger_audit_event
        (at, txid, op, table_schema, table_name, old, new, context, db_user)
    SELECT
        clock_timestamp(),
        pg_current_xact_id(),
        'RENAME',
        pg_namespace.nspname,
        pg_class.relname,
        jsonb_build_object('table_name', old_name),
        jsonb_build_object('table_name', pg_class.relname),
        :"schema".trigger_audit_context(),
        session_user
    FROM pg_class
    JOIN pg_namespace ON pg_namespace.oid = pg_class.relnamespace
    WHERE pg_class.oid = audited;
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_rename_table(regclass, text, text) FROM PUBLIC;
