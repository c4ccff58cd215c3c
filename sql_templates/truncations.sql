-- The last TRUNCATE of a table up to a moment, and the first one after it.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_truncations(
    audited_schema text,
    audited_name text,
    moment timestamptz,
    OUT last_id bigint,
    OUT next_id bigint
)
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
-- Planned once in a session: what it is asked for does not decide how.
SET plan_cache_mode = force_generic_plan
AS $body$
BEGIN
    SELECT
        max(event.id) FILTER (WHERE event.at <= moment),
        min(event.id) FILTER (WHERE event.at > moment)
    INTO last_id, next_id
    FROM :"schema".trigger_audit_table_names(audited_schema, audited_name) AS past
    INNER JOIN :"schema".trigger_audit_event AS event
        ON
            event.table_name = past.name
            -- As it is of no row; for the index.
            AND event.object_id IS NULL
            AND event.id > past.after_id
            AND event.id < past.until_id
    WHERE event.op = 'TRUNCATE' AND event.table_schema = audited_schema;
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_truncations(text, text, timestamptz) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_truncations(text, text, timestamptz)
IS 'The last TRUNCATE of a table up to a moment, and the first one after it.';
