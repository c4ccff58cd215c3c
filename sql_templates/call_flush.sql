-- Empties the audit table.
-- Variables: schema (of the audit table).
SELECT :"schema".trigger_audit_flush()
