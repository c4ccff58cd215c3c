-- The changes of each row that was there at a moment, by the key that it had then: those that came
-- after, or those that led to it. Rows are followed where an UPDATE gave them another key, and not
-- beyond their DELETE, for another row may bear the key then.
-- Keys that are met and belonged to no row at the moment have one line, with no change.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_lineage(
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
RETURNS TABLE (
    root text, id bigint, op text, key text, moved_to text, old jsonb, new jsonb
)
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
    RETURN QUERY
    WITH RECURSIVE changes AS MATERIALIZED (
        SELECT *
        FROM :"schema".trigger_audit_changes(
            audited_schema, audited_name, key_columns, column_names,
            after_moment, until_moment, above_id, below_id, keys
        )
    ),
    -- What happened to each key. A row arrives at a key when all rows of its statement have left
    -- theirs, since two may swap them.
    happened AS (
        SELECT
            changes.key,
            changes.id,
            changes.id AS position,
            FALSE AS is_arrival,
            changes.op = 'INSERT' AS begins,
            changes.op = 'DELETE' OR changes.moved_to IS NOT NULL AS ends
        FROM changes
        UNION ALL
        SELECT
            changes.moved_to,
            changes.id,
            max(changes.id) OVER (PARTITION BY changes.txid, changes.at),
            TRUE,
            TRUE,
            FALSE
        FROM changes
        WHERE changes.moved_to IS NOT NULL
    ),
    -- The rows that bore a key one after the other, numbered; 0 is the one that was there first.
    lives AS MATERIALIZED (
        SELECT
            happened.*,
            count(*) FILTER (WHERE happened.begins) OVER ordered
            + count(*) FILTER (WHERE happened.ends) OVER (
                ordered ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) AS life,
            lead(happened.id) OVER ordered IS NULL AS is_last
        FROM happened
        WINDOW ordered AS (PARTITION BY happened.key ORDER BY happened.position, happened.is_arrival)
    ),
    -- Towards the past or the future, as asked.
    moves AS MATERIALIZED (
        SELECT
            CASE WHEN after_moment IS NULL THEN arrived.key ELSE departed.key END AS key,
            CASE WHEN after_moment IS NULL THEN arrived.life ELSE departed.life END AS life,
            CASE WHEN after_moment IS NULL THEN departed.key ELSE arrived.key END AS next_key,
            CASE WHEN after_moment IS NULL THEN departed.life ELSE arrived.life END AS next_life
        FROM lives AS arrived
        INNER JOIN lives AS departed ON departed.id = arrived.id AND NOT departed.is_arrival
        WHERE arrived.is_arrival
    ),
    paths AS (
        SELECT DISTINCT
            lives.key AS root,
            lives.key,
            lives.life
        FROM lives
        WHERE CASE
            WHEN after_moment IS NULL THEN lives.is_last AND NOT lives.ends
            ELSE lives.life = 0
        END
        UNION ALL
        SELECT
            paths.root,
            moves.next_key,
            moves.next_life
        FROM paths
        INNER JOIN moves ON moves.key = paths.key AND moves.life = paths.life
    )
    SELECT
        paths.root,
        changes.id,
        changes.op,
        changes.key,
        changes.moved_to,
        changes.old,
        changes.new
    FROM paths
    INNER JOIN lives ON lives.key = paths.key AND lives.life = paths.life AND NOT lives.is_arrival
    INNER JOIN changes ON changes.id = lives.id
    UNION ALL
    SELECT
        met.key,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL
    FROM (
        SELECT DISTINCT lives.key FROM lives
    ) AS met
    WHERE NOT EXISTS (
        SELECT FROM paths WHERE paths.root = met.key
    );
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_lineage(
    text, text, text[], text[], timestamptz, timestamptz, bigint, bigint, text[]
) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_lineage(
    text, text, text[], text[], timestamptz, timestamptz, bigint, bigint, text[]
)
IS 'The changes of each row that was there at a moment, after it or up to it.';
