-- The names that a table had, the present one first, each with the events that bear it: those
-- between two ids, exclusive. Other tables may have had the same name before or after.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_table_names(
    audited_schema text, audited_name text
)
RETURNS TABLE (name text, after_id bigint, until_id bigint)
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
            id,
            old ->> 'table_name' AS old_name,
            new ->> 'table_name' AS new_name
        FROM :"schema".trigger_audit_event
        WHERE op = 'RENAME' AND table_schema = audited_schema AND old ? 'table_name'
    ),
    names AS (
        SELECT
            audited_name AS name,
            9223372036854775807 AS until_id
        UNION ALL
        SELECT
            latest.old_name,
            latest.id
        FROM names
        CROSS JOIN LATERAL (
            -- The latest rename that gave the name to this table, or took it from another.
            SELECT renames.*
            FROM renames
            WHERE names.name IN (renames.old_name, renames.new_name) AND renames.id < names.until_id
            ORDER BY renames.id DESC
            LIMIT 1
        ) AS latest
        WHERE latest.new_name = names.name
    )
    SELECT
        names.name,
        coalesce((
            SELECT max(renames.id)
            FROM renames
            WHERE names.name IN (renames.old_name, renames.new_name) AND renames.id < names.until_id
        ), 0),
        names.until_id
    FROM names;
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_table_names(text, text) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_table_names(text, text)
IS 'The names that a table had, and between which ids its events bear them.';
