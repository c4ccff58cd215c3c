-- The foreign keys of tables, and those that refer to them.
-- Parameter: an array of tables, quoted, twice.
SELECT
    pg_constraint.conname::text,
    source_schema.nspname::text,
    source.relname::text,
    ARRAY(
        SELECT pg_attribute.attname::text
        FROM unnest(pg_constraint.conkey) WITH ORDINALITY AS key (number, place)
        INNER JOIN pg_attribute
            ON
                pg_attribute.attrelid = pg_constraint.conrelid
                AND pg_attribute.attnum = key.number
        ORDER BY key.place
    ) AS columns,
    target_schema.nspname::text,
    target.relname::text,
    ARRAY(
        SELECT pg_attribute.attname::text
        FROM unnest(pg_constraint.confkey) WITH ORDINALITY AS key (number, place)
        INNER JOIN pg_attribute
            ON
                pg_attribute.attrelid = pg_constraint.confrelid
                AND pg_attribute.attnum = key.number
        ORDER BY key.place
    ) AS target_columns,
    pg_constraint.condeferrable,
    pg_constraint.condeferred,
    -- Whether the database sees to the rows that refer: it cascades, or sets null or the default.
    pg_constraint.confdeltype IN ('c', 'n', 'd') AS follows_delete,
    pg_constraint.confupdtype IN ('c', 'n', 'd') AS follows_update
FROM pg_constraint
INNER JOIN pg_class AS source ON source.oid = pg_constraint.conrelid
INNER JOIN pg_namespace AS source_schema ON source_schema.oid = source.relnamespace
INNER JOIN pg_class AS target ON target.oid = pg_constraint.confrelid
INNER JOIN pg_namespace AS target_schema ON target_schema.oid = target.relnamespace
WHERE
    pg_constraint.contype = 'f'
    -- Partitions have copies of their parent's.
    AND pg_constraint.conparentid = 0
    AND (
        pg_constraint.conrelid IN (
            SELECT to_regclass(wanted.name) FROM unnest(%s::text[]) AS wanted (name)
        )
        OR pg_constraint.confrelid IN (
            SELECT to_regclass(wanted.name) FROM unnest(%s::text[]) AS wanted (name)
        )
    )
ORDER BY pg_constraint.oid
