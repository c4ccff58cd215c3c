-- What tells a value apart that is stored out of line: while a row keeps such a value, its number
-- stays, and nobody need fetch the value to compare it. Null for values in the row itself, and
-- before PostgreSQL 17, which does not tell the number.
-- The bodies are no strings, so that they are inlined. One for each type, not for any: a call is
-- to name ours exactly, whatever somebody plants beside it.
-- Variables: schema.
DO $body$
DECLARE
    argument text;
BEGIN
    FOREACH argument IN ARRAY ARRAY['text', 'jsonb', 'bytea'] LOOP
        EXECUTE format(
            'CREATE OR REPLACE FUNCTION %I.trigger_audit_toast_id(value pg_catalog.%s) RETURNS oid '
            'LANGUAGE sql STABLE RETURN %s',
            :'schema',
            argument,
            CASE WHEN current_setting('server_version_num')::integer >= 170000
                THEN 'pg_catalog.pg_column_toast_chunk_id(value)'
                ELSE 'NULL::pg_catalog.oid'
            END
        );
    END LOOP;
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_toast_id(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION :"schema".trigger_audit_toast_id(jsonb) FROM PUBLIC;
REVOKE ALL ON FUNCTION :"schema".trigger_audit_toast_id(bytea) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_toast_id(text)
IS 'The number of a value that is stored out of line, since PostgreSQL 17; otherwise null.';

COMMENT ON FUNCTION :"schema".trigger_audit_toast_id(jsonb)
IS 'The number of a value that is stored out of line, since PostgreSQL 17; otherwise null.';

COMMENT ON FUNCTION :"schema".trigger_audit_toast_id(bytea)
IS 'The number of a value that is stored out of line, since PostgreSQL 17; otherwise null.';
