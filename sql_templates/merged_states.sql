-- The rows of a table at a moment, by the key that they had then, put together from all changes
-- after it, or up to it. What no later change tells is completed by the columns of the row that has
-- the live_key now. Only some keys are wanted; one without a state was no row's at the moment.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_merged_states(
    audited_schema text,
    audited_name text,
    key_columns text[],
    column_names text[],
    after_moment timestamptz,
    until_moment timestamptz,
    above_id bigint,
    below_id bigint,
    keys text[],
    wanted text[]
)
RETURNS TABLE (key text, state jsonb, live_key text)
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
-- Planned once in a session: what it is asked for does not decide how.
SET plan_cache_mode = force_generic_plan
-- How many rows there are is not known when it is planned.
SET jit = off
SET enable_nestloop = off
AS $body$
#variable_conflict use_column
BEGIN
    IF wanted IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY
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
        INNER JOIN unnest(wanted) AS root (key) ON root.key = lineage.root
        WHERE lineage.id IS NOT NULL
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
        FROM changes
        LEFT JOIN LATERAL jsonb_each(changes.image) AS pair
            ON NOT coalesce(
                pair.value = '"[redacted]"' AND changes.next_image -> pair.key = pair.value, FALSE
            )
        GROUP BY changes.root
    )
    SELECT
        merged.root,
        :"schema".trigger_audit_keyed(merged.image, key_columns, merged.root),
        CASE WHEN after_moment IS NOT NULL THEN merged.next_key END
    FROM merged;
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_merged_states(
    text, text, text[], text[], timestamptz, timestamptz, bigint, bigint, text[], text[]
) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_merged_states(
    text, text, text[], text[], timestamptz, timestamptz, bigint, bigint, text[], text[]
)
IS 'Some rows of a table at a moment, put together from all changes after it, or up to it.';
