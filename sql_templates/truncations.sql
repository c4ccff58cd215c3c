-- The last TRUNCATE of a table up to a moment, and the first one after it.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_truncations(
    audited_schema text,
    audited_name text,
    moment timestamptz,
    OUT last_id bigint,
    OUT next_id bigint
)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $body$
    SELECT
        max(event.id) FILTER (WHERE event.at <= moment),
        min(event.id) FILTER (WHERE event.at > moment)
    FROM :"schema".trigger_audit_table_names(audited_schema, audited_name) AS past
    INNER JOIN :"schema".trigger_audit_event AS event
        ON
            event.table_name = past.name
            -- As it is of no row; for the index.
            AND event.object_id IS NULL
            AND event.id > past.after_id
            AND event.id < past.until_id
    WHERE event.op = 'TRUNCATE' AND event.table_schema = audited_schema
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_truncations(text, text, timestamptz) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_truncations(text, text, timestamptz)
IS 'The last TRUNCATE of a table up to a moment, and the first one after it.';
