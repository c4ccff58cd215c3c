-- Has the capture function of a table do without a column that was dropped.
-- Variables: schema (of the audit table), table (quoted), column.
SELECT :"schema".trigger_audit_forget_column(:'table'::regclass, :'column'::text);
