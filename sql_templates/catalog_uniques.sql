-- The unique constraints and indexes of tables that are on whole columns of all rows.
-- Parameter: an array of tables, quoted.
SELECT
    wanted.name,
    pg_class.relname::text,
    ARRAY(
        SELECT pg_attribute.attname::text
        FROM unnest(pg_index.indkey::smallint[]) WITH ORDINALITY AS key (number, place)
        INNER JOIN pg_attribute
            ON
                pg_attribute.attrelid = pg_index.indrelid
                AND pg_attribute.attnum = key.number
        WHERE key.place <= pg_index.indnkeyatts
        ORDER BY key.place
    ) AS columns,
    pg_namespace.nspname::text,
    coalesce(pg_constraint.condeferrable, FALSE),
    coalesce(pg_constraint.condeferred, FALSE)
FROM unnest(%s::text[]) AS wanted (name)
INNER JOIN pg_index ON pg_index.indrelid = to_regclass(wanted.name)
INNER JOIN pg_class ON pg_class.oid = pg_index.indexrelid
INNER JOIN pg_namespace ON pg_namespace.oid = pg_class.relnamespace
LEFT JOIN pg_constraint
    ON
        pg_constraint.conindid = pg_index.indexrelid
        AND pg_constraint.contype IN ('p', 'u')
WHERE
    pg_index.indisunique
    AND NOT pg_index.indisexclusion
    AND pg_index.indisvalid
    AND pg_index.indpred IS NULL
    AND pg_index.indexprs IS NULL
ORDER BY pg_index.indexrelid
