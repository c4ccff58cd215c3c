-- Until when there are partitions for new events: the latest bound, null if there is no partition
-- but the default one; no row if there is no audit table.
-- Parameter: the audit table, quoted.
SELECT
    max(
        (regexp_match(
            pg_get_expr(pg_class.relpartbound, pg_class.oid), 'TO \(''([^'']+)''\)'
        ))[1]::timestamptz
    )
FROM (SELECT to_regclass(%s) AS oid) AS wanted
LEFT JOIN pg_inherits ON pg_inherits.inhparent = wanted.oid
LEFT JOIN pg_class ON pg_class.oid = pg_inherits.inhrelid
WHERE wanted.oid IS NOT NULL
HAVING count(*) > 0
