-- The tables that are there, of those wanted: where they are, their kind, and their columns.
-- Parameter: an array of tables, quoted.
SELECT
    wanted.name,
    pg_class.oid::bigint,
    pg_namespace.nspname::text,
    pg_class.relname::text,
    pg_class.relkind::text,
    ARRAY(
        SELECT pg_attribute.attname::text
        FROM pg_attribute
        WHERE
            pg_attribute.attrelid = pg_class.oid
            AND pg_attribute.attnum > 0
            AND NOT pg_attribute.attisdropped
    ) AS columns
FROM unnest(%s::text[]) AS wanted (name)
INNER JOIN pg_class ON pg_class.oid = to_regclass(wanted.name)
INNER JOIN pg_namespace ON pg_namespace.oid = pg_class.relnamespace
