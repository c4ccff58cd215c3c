-- Records that an audited column was renamed, and rewrites the capture function for it.
-- Variables: schema (of the audit table), table (quoted), old_column, new_column.
SELECT :"schema".trigger_audit_rename_column(
    :'table'::regclass, :'old_column'::text, :'new_column'::text
);
