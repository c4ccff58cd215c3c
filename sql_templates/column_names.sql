-- What the columns of a table were called in the events before each rename of one, the earliest
-- first: an object of {name then: name now}. A name of then that is no column's now is left out.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_column_names(
    audited_schema text, audited_name text, present_names text[]
)
RETURNS TABLE (until_id bigint, names jsonb)
LANGUAGE plpgsql
STABLE
ROWS 1
SET search_path = pg_catalog, pg_temp
-- Planned once in a session: what it is asked for does not decide how.
SET plan_cache_mode = force_generic_plan
AS $body$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH RECURSIVE renames AS MATERIALIZED (
        SELECT
            row_number() OVER (ORDER BY event.id DESC) AS step,
            event.id,
            event.old ->> 'column_name' AS old_name,
            event.new ->> 'column_name' AS new_name
        FROM :"schema".trigger_audit_table_names(audited_schema, audited_name) AS name
        INNER JOIN :"schema".trigger_audit_event AS event
            ON
                event.op = 'RENAME'
                AND event.table_schema = audited_schema
                AND event.table_name = name.name
                AND event.id > name.after_id
                AND event.id < name.until_id
        WHERE event.old ? 'column_name'
    ),
    steps AS (
        SELECT
            0::bigint AS step,
            9223372036854775807 AS until_id,
            coalesce(jsonb_object_agg(present.name, present.name), '{}') AS names
        FROM unnest(present_names) AS present (name)
        UNION ALL
        SELECT
            renames.step,
            renames.id,
            (
                SELECT coalesce(
                    jsonb_object_agg(
                        CASE pair.key WHEN renames.new_name THEN renames.old_name ELSE pair.key END,
                        pair.value
                    ),
                    '{}'
                )
                FROM jsonb_each(steps.names) AS pair
                -- What bears the old name now is another column, which came later.
                WHERE pair.key <> renames.old_name
            )
        FROM steps
        INNER JOIN renames ON renames.step = steps.step + 1
    )
    SELECT
        steps.until_id,
        steps.names
    FROM steps
    WHERE steps.step > 0
    ORDER BY steps.until_id;
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_column_names(text, text, text[]) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_column_names(text, text, text[])
IS 'What the columns of a table were called in the events before each rename.';
