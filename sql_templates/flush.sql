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
        SELECT relid
        FROM pg_partition_tree(format('%I.trigger_audit_event', :'schema')::regclass)
        -- Most are empty, and a TRUNCATE makes new files; a partitioned table has none itself.
        WHERE pg_relation_size(relid) > 0
    LOOP
        PERFORM :"schema".trigger_audit_set_guards(partition, false);
        EXECUTE format('TRUNCATE %s', partition);
        PERFORM :"schema".trigger_audit_set_guards(partition, true);
        RAISE LOG 'trigger_audit: % flushed by %', partition, session_user;
    END LOOP;
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_flush() FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_flush()
IS 'Empties the audit table and leaves no event, only a line in the log of the server.';
