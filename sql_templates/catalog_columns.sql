-- What writing and comparing needs to know of the columns of tables.
-- Parameter: an array of tables, quoted.
SELECT
    wanted.name,
    pg_attribute.attname::text,
    format_type(pg_attribute.atttypid, pg_attribute.atttypmod),
    -- What the type is, under domains.
    (
        WITH RECURSIVE under AS (
            SELECT
                pg_type.oid,
                pg_type.typbasetype
            FROM pg_type
            WHERE pg_type.oid = pg_attribute.atttypid
            UNION ALL
            SELECT
                pg_type.oid,
                pg_type.typbasetype
            FROM pg_type
            INNER JOIN under ON pg_type.oid = under.typbasetype
        )

        SELECT pg_type.typname::text
        FROM under
        INNER JOIN pg_type ON pg_type.oid = under.oid
        WHERE under.typbasetype = 0
    ) AS base,
    pg_attribute.attnotnull,
    pg_attribute.atthasdef OR pg_attribute.attidentity <> '' AS has_default,
    pg_attribute.attgenerated <> '' AS is_generated
FROM unnest(%s::text[]) AS wanted (name)
INNER JOIN pg_attribute ON pg_attribute.attrelid = to_regclass(wanted.name)
WHERE
    pg_attribute.attnum > 0
    AND NOT pg_attribute.attisdropped
ORDER BY wanted.name, pg_attribute.attnum
