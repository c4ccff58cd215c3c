-- Whether an UPDATE after a moment, and before an event, may have given a row this key. By index,
-- where the key is one column that was always called "id"; of other keys nobody knows.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_arrived(
    audited_schema text,
    audited_name text,
    key_columns text[],
    moment timestamptz,
    below_id bigint,
    key text
)
RETURNS boolean
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
-- Planned once in a session: what it is asked for does not decide how.
SET plan_cache_mode = force_generic_plan
AS $body$
BEGIN
    RETURN
        key_columns <> ARRAY['id']
        OR EXISTS (
            SELECT
            FROM :"schema".trigger_audit_column_names(audited_schema, audited_name, key_columns)
        )
        OR EXISTS (
            SELECT
            FROM :"schema".trigger_audit_table_names(audited_schema, audited_name) AS past
            INNER JOIN :"schema".trigger_audit_event AS event ON event.table_name = past.name
            WHERE
                event.table_schema = audited_schema
                -- As the index has it.
                AND CASE
                    WHEN event.op = 'UPDATE' AND (event.new ->> 'id') <> event.object_id THEN NULL
                    ELSE FALSE
                END IS NULL
                AND event.at > moment
                AND event.id > past.after_id
                AND event.id < least(past.until_id, below_id)
                AND :"schema".trigger_audit_moved_to(
                    event.object_id, key_columns, event.old, event.new
                ) = key
        );
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_arrived(
    text, text, text[], timestamptz, bigint, text
) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_arrived(
    text, text, text[], timestamptz, bigint, text
)
IS 'Whether an UPDATE after a moment may have given a row this key.';
