-- Lets a view have the rights of the one that it replaces, if there was one, and drops that.
-- Variables: schema (of the audit table), former and present (qualified, quoted).
SELECT :"schema".trigger_audit_inherit_rights(to_regclass(:'former'), :'present'::regclass);
