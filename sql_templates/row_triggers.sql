-- The AFTER ROW triggers that an application has on ordinary tables: where one of them writes its
-- own table, a statement trigger sees the second change before the first.
-- Parameter: an array of tables, quoted.
SELECT
    wanted.name,
    array_agg(pg_trigger.tgname::text ORDER BY pg_trigger.tgname)
FROM unnest(%s::text[]) AS wanted (name)
INNER JOIN pg_class ON pg_class.oid = to_regclass(wanted.name)
INNER JOIN pg_trigger ON pg_trigger.tgrelid = pg_class.oid
WHERE
    pg_class.relkind = 'r'
    AND NOT pg_trigger.tgisinternal
    AND pg_trigger.tgenabled <> 'D'
    AND pg_trigger.tgname NOT LIKE '!trigger\_audit\_%%'
    -- ROW, and neither BEFORE nor INSTEAD OF.
    AND pg_trigger.tgtype & 67 = 1
GROUP BY wanted.name
