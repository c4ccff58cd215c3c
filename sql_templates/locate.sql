-- Where a table is: its schema, its kind, and the schema where a new one would be made.
-- Parameter: the table, quoted, with its schema if it names one.
SELECT
    pg_namespace.nspname,
    pg_class.relkind::text,
    current_schema()
FROM (SELECT to_regclass(%s) AS oid) AS wanted
LEFT JOIN pg_class ON pg_class.oid = wanted.oid
LEFT JOIN pg_namespace ON pg_namespace.oid = pg_class.relnamespace
