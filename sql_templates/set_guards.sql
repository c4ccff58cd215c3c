-- Switches the guards of the audit table, or of one of its partitions, off or on again. Its owner
-- alone may do that. They are on ALWAYS: session_replication_role does not silence them.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_set_guards(guarded regclass, enabled boolean)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    action CONSTANT text := CASE WHEN enabled THEN 'ENABLE ALWAYS' ELSE 'DISABLE' END;
    actions CONSTANT text := (
        SELECT string_agg(format('%s TRIGGER %I', action, tgname), ', ')
        FROM pg_trigger
        WHERE tgrelid = guarded AND starts_with(tgname::text, 'trigger_audit_guard_')
    );
BEGIN
    IF actions <> '' THEN
        EXECUTE format('ALTER TABLE ONLY %s %s', guarded, actions);
    END IF;
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_set_guards(regclass, boolean) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_set_guards(regclass, boolean)
IS 'Switches the guards of the audit table or of a partition off, or on again.';
