-- The rows of a table at a moment, by the key that they had then, as far as the changes after it
-- tell, or those up to it. What they do not tell is completed by the columns of the row that has
-- the live_key now. A key without a state was no row's at the moment.
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
    WITH nearest AS MATERIALIZED (
        SELECT *
        FROM :"schema".trigger_audit_nearest_states(
            audited_schema, audited_name, key_columns, column_names,
            after_moment, until_moment, above_id, below_id, keys
        )
    ),
    merged AS MATERIALIZED (
        SELECT *
        FROM :"schema".trigger_audit_merged_states(
            audited_schema, audited_name, key_columns, column_names,
            after_moment, until_moment, above_id, below_id, keys,
            (SELECT array_agg(nearest.key) FROM nearest WHERE nearest.is_open)
        )
    )
    SELECT
        nearest.key,
        coalesce(merged.state, nearest.state),
        merged.live_key
    FROM nearest
    LEFT JOIN merged ON merged.key = nearest.key;
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_states(
    text, text, text[], text[], timestamptz, timestamptz, bigint, bigint, text[]
) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_states(
    text, text, text[], text[], timestamptz, timestamptz, bigint, bigint, text[]
)
IS 'The rows of a table at a moment, as far as the changes after it tell, or those up to it.';
