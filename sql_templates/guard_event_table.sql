-- Guards the rows of the audit table. A row trigger is cloned to every partition, also to one made
-- by hand; trigger_audit_prepare_partitions adds the guards against whole statements.
-- Variables: schema.
CREATE TRIGGER trigger_audit_guard_row
BEFORE UPDATE OR DELETE ON :"schema".trigger_audit_event
FOR EACH ROW EXECUTE FUNCTION :"schema".trigger_audit_guard();
