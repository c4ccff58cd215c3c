-- Empties the audit table and leaves no event, for manage.py flush, which empties all tables. Its
-- trace is in the server's log.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_flush()
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    partition regclass;
BEGIN
    FOR partition IN
        SELECT pg_inherits.inhrelid
        FROM pg_inherits
        JOIN pg_class ON pg_class.oid = pg_inherits.inhparent
        JOIN pg_namespace ON pg_namespace.oid = pg_class.relnamespace
        WHERE
            pg_class.relname = 'trigger_audit_event'
            AND pg_namespace.nspname = :'schema'
            -- Few files have to be made anew where few partitions hold anything.
            AND pg_relation_size(pg_inherits.inhrelid) > 0
    LOOP
        EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', partition);
        EXECUTE format('TRUNCATE %s', partition);
        EXECUTE format('ALTER TABLE %s ENABLE TRIGGER USER', partition);
        RAISE LOG 'trigger_audit: % flushed by %', partition, session_user;
    END LOOP;
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_flush() FROM PUBLIC;
