-- The rows of a table at a moment, by the key that they had then, as far as the nearest change of
-- each tells, the first one after the moment or the last one up to it. A key without a state was no
-- row's at the moment, save where it is_open: then more of its history has to be read.
-- Of a redacted value that stayed the same since, history tells nothing.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_nearest_states(
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
RETURNS TABLE (key text, state jsonb, is_open boolean)
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
    WITH changes AS MATERIALIZED (
        SELECT
            change.id,
            change.key,
            change.moved_to,
            CASE WHEN after_moment IS NULL THEN 'DELETE' ELSE 'INSERT' END = change.op AS is_none,
            CASE WHEN after_moment IS NULL THEN change.new ELSE change.old END AS image
        FROM :"schema".trigger_audit_changes(
            audited_schema, audited_name, key_columns, column_names,
            after_moment, until_moment, above_id, below_id, keys
        ) AS change
    ),
    arrived AS MATERIALIZED (
        SELECT DISTINCT changes.moved_to AS key
        FROM changes
        WHERE changes.moved_to IS NOT NULL
    ),
    nearest AS MATERIALIZED (
        SELECT DISTINCT ON (changes.key) changes.*
        FROM changes
        ORDER BY changes.key, CASE WHEN after_moment IS NULL THEN -changes.id ELSE changes.id END
    ),
    known AS (
        SELECT
            nearest.key,
            nearest.image,
            nearest.is_none,
            arrived.key IS NOT NULL
            OR (after_moment IS NULL AND nearest.moved_to IS NOT NULL)
            OR NOT (
                nearest.is_none
                OR (
                    nearest.image ?& column_names
                    AND NOT nearest.image @? '$.* ? (@ starts with "[redacted")'
                )
            ) AS is_open
        FROM nearest
        LEFT JOIN arrived ON arrived.key = nearest.key
    )
    SELECT
        known.key,
        CASE
            WHEN known.is_open OR known.is_none THEN NULL
            WHEN known.image ?& key_columns THEN known.image
            ELSE :"schema".trigger_audit_keyed(known.image, key_columns, known.key)
        END,
        known.is_open
    FROM known
    UNION ALL
    SELECT
        arrived.key,
        NULL,
        after_moment IS NULL
    FROM arrived
    WHERE NOT EXISTS (
        SELECT FROM nearest WHERE nearest.key = arrived.key
    );
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_nearest_states(
    text, text, text[], text[], timestamptz, timestamptz, bigint, bigint, text[]
) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_nearest_states(
    text, text, text[], text[], timestamptz, timestamptz, bigint, bigint, text[]
)
IS 'The rows of a table at a moment, as far as the nearest change of each tells.';
