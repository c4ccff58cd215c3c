-- Records that an audited table was renamed, and renames its capture function.
-- Variables: schema (of the audit table), table (quoted, as it is named now), old_name, function
-- (the name, without schema, that the function gets).
SELECT :"schema".trigger_audit_rename_table(
    :'table'::regclass, :'old_name'::text, :'function'::text
);
