-- Writes a RENAME event of a table.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_record_rename(
    audited regclass, old_names jsonb, new_names jsonb
)
RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $body$
    INSERT INTO :"schema".trigger_audit_event
        (at, txid, op, table_schema, table_name, old, new, context, db_user)
    SELECT
        clock_timestamp(),
        pg_current_xact_id(),
        'RENAME',
        pg_namespace.nspname,
        pg_class.relname,
        old_names,
        new_names,
        :"schema".trigger_audit_context(),
        session_user
    FROM pg_class
    INNER JOIN pg_namespace ON pg_namespace.oid = pg_class.relnamespace
    WHERE pg_class.oid = audited
$body$;

REVOKE ALL ON FUNCTION
:"schema".trigger_audit_record_rename(regclass, jsonb, jsonb) FROM PUBLIC;

COMMENT ON FUNCTION
:"schema".trigger_audit_record_rename(regclass, jsonb, jsonb)
IS 'Writes a RENAME event of a table.';
