-- Default privileges give nobody the right to call a capture function.
-- Variables: schema (of the audit table), signature (of the function, qualified, quoted).
SELECT :"schema".trigger_audit_withhold('FUNCTION'::text, :'signature'::regprocedure::oid);
