-- The guards of the audit table and of its partitions that are not there, or do not fire always.
-- Parameter: the audit table, quoted.
SELECT
    pg_class.relname::text,
    guards.name,
    pg_trigger.oid IS NULL AS is_missing
FROM pg_partition_tree(to_regclass(%s)) AS member
INNER JOIN pg_class ON pg_class.oid = member.relid
CROSS JOIN (
    VALUES
    ('trigger_audit_guard_row'), ('trigger_audit_guard_statement'), ('trigger_audit_guard_trace')
) AS guards (name)
LEFT JOIN pg_trigger
    ON
        pg_trigger.tgrelid = pg_class.oid
        AND pg_trigger.tgname = guards.name
WHERE
    pg_trigger.oid IS NULL
    OR pg_trigger.tgenabled <> 'A'
ORDER BY pg_class.relname, guards.name
