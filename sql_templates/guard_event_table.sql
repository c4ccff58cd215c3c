-- The guards of the audit table and of its default partition. Row triggers are cloned to every
-- partition, also to one made by hand; statement triggers are made for each.
-- Variables: schema.
CREATE TRIGGER trigger_audit_guard_row
BEFORE UPDATE OR DELETE ON :"schema".trigger_audit_event
FOR EACH ROW EXECUTE FUNCTION :"schema".trigger_audit_guard();

SELECT :"schema".trigger_audit_guard_table(pg_class.oid)
FROM pg_class
JOIN pg_namespace ON pg_namespace.oid = pg_class.relnamespace
WHERE
    pg_namespace.nspname = :'schema'
    AND pg_class.relname IN ('trigger_audit_event', 'trigger_audit_event_default');
