-- Default privileges give nobody a right on objects that were just made; what was granted by name
-- on others stays.
-- Variables: schema, names (an array of them, as text).
SELECT :"schema".trigger_audit_withhold(ours.kind, ours.oid)
FROM (
    SELECT
        'TABLE' AS kind,
        pg_class.oid,
        pg_class.relname AS name,
        pg_class.relnamespace AS namespace
    FROM pg_catalog.pg_class
    WHERE pg_class.relkind IN ('r', 'p', 'S', 'v')
    UNION ALL
    SELECT
        'FUNCTION',
        pg_proc.oid,
        pg_proc.proname,
        pg_proc.pronamespace
    FROM pg_catalog.pg_proc
) AS ours
INNER JOIN pg_catalog.pg_namespace ON pg_namespace.oid = ours.namespace
WHERE pg_namespace.nspname = :'schema' AND ours.name = any(:'names'::text[]);
