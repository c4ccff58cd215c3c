-- The rows of a table at a moment, by the key that they had then, as far as the changes after it
-- tell, or those up to it. A state that tells all has no live_key; another is completed by the
-- columns of the row that has that key now. A key without a state was no row's at the moment.
-- Of a redacted value that stayed the same since, the state tells nothing.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_states(
    audited_schema text,
    audited_name text,
    key_columns text[],
    column_names text[],
    after_moment timestamptz,
    until_moment timestamptz,
    above_id bigint,
    below_id bigint,
    keys text[]
)
RETURNS TABLE (key text, state jsonb, live_key text)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $body$
    -- The nearest to the moment has the lowest rank.
    WITH changes AS MATERIALIZED (
        SELECT
            lineage.root,
            CASE WHEN after_moment IS NULL THEN -lineage.id ELSE lineage.id END AS rank,
            CASE WHEN lineage.op <> 'DELETE' THEN coalesce(lineage.moved_to, lineage.key) END
            AS next_key,
            CASE WHEN after_moment IS NULL THEN lineage.new ELSE lineage.old END AS image,
            CASE WHEN after_moment IS NOT NULL THEN lineage.new END AS next_image
        FROM :"schema".trigger_audit_lineage(
            audited_schema, audited_name, key_columns, column_names,
            after_moment, until_moment, above_id, below_id, keys
        ) AS lineage
    ),
    nearest AS MATERIALIZED (
        SELECT DISTINCT ON (changes.root)
            changes.root,
            changes.image,
            changes.rank IS NULL
            OR (
                changes.image ?& column_names
                AND NOT changes.image @? '$.* ? (@ starts with "[redacted")'
            ) AS is_whole
        FROM changes
        ORDER BY changes.root, changes.rank
    ),
    merged AS (
        SELECT
            changes.root,
            coalesce(
                jsonb_object_agg(
                    pair.key,
                    CASE
                        WHEN pair.value = '"[redacted: changed]"' THEN '"[redacted]"' ELSE pair.value
                    END
                    ORDER BY changes.rank DESC
                ) FILTER (WHERE pair.key IS NOT NULL),
                '{}'
            ) AS image,
            (array_agg(changes.next_key ORDER BY changes.rank DESC))[1] AS next_key
        FROM nearest
        INNER JOIN changes ON changes.root = nearest.root
        LEFT JOIN LATERAL jsonb_each(changes.image) AS pair
            ON NOT coalesce(
                pair.value = '"[redacted]"' AND changes.next_image -> pair.key = pair.value, FALSE
            )
        WHERE NOT nearest.is_whole
        GROUP BY changes.root
    )
    SELECT
        known.root,
        CASE
            WHEN known.image ?& key_columns THEN known.image
            WHEN cardinality(key_columns) = 1
                THEN jsonb_build_object(key_columns[1], known.root) || known.image
            WHEN known.image IS NOT NULL
                THEN (
                    SELECT jsonb_object_agg(part.name, known.root::jsonb -> (part.place - 1)::integer)
                    FROM unnest(key_columns) WITH ORDINALITY AS part (name, place)
                ) || known.image
        END,
        known.next_key
    FROM (
        SELECT
            nearest.root,
            nearest.image,
            NULL AS next_key
        FROM nearest
        WHERE nearest.is_whole
        UNION ALL
        SELECT
            merged.root,
            merged.image,
            CASE WHEN after_moment IS NOT NULL THEN merged.next_key END
        FROM merged
    ) AS known
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_states(
    text, text, text[], text[], timestamptz, timestamptz, bigint, bigint, text[]
) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_states(
    text, text, text[], text[], timestamptz, timestamptz, bigint, bigint, text[]
)
IS 'The rows of a table at a moment, as far as the changes after it tell, or those up to it.';
