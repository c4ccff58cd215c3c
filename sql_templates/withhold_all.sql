-- Default privileges give nobody the right to number events, nor to call the functions beside the
-- audit table; those on the table and its partitions went when they were guarded.
-- Variables: schema.
SELECT :"schema".trigger_audit_withhold(ours.kind, ours.oid)
FROM (
    SELECT
        'TABLE' AS kind,
        pg_class.oid,
        pg_class.relnamespace AS namespace
    FROM pg_catalog.pg_class
    WHERE pg_class.relname = 'trigger_audit_event_id_seq'
    UNION ALL
    SELECT
        'FUNCTION',
        pg_proc.oid,
        pg_proc.pronamespace
    FROM pg_catalog.pg_proc
    WHERE
        pg_catalog.starts_with(pg_proc.proname::text, 'trigger_audit_')
        AND pg_catalog.pg_has_role(pg_proc.proowner, 'USAGE')
) AS ours
INNER JOIN pg_catalog.pg_namespace ON pg_namespace.oid = ours.namespace
WHERE pg_namespace.nspname = :'schema';
