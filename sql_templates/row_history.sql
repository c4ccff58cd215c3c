-- Where to look for what a row was at a moment: under which keys, and in events below which id.
-- Null keys are all of them: nothing tells then that the row did not come by its key after the
-- moment.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_row_history(
    audited_schema text,
    audited_name text,
    key_columns text[],
    column_names text[],
    moment timestamptz,
    key text,
    OUT keys text[],
    OUT below_id bigint
)
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $body$
DECLARE
    last_one record;
    next_one record;
    known integer := 0;
BEGIN
    SELECT event.* INTO next_one
    FROM :"schema".trigger_audit_table_names(audited_schema, audited_name) AS past
    CROSS JOIN LATERAL (
        SELECT event.id, event.op, event.old
        FROM :"schema".trigger_audit_event AS event
        WHERE
            event.table_name = past.name
            AND event.table_schema = audited_schema
            AND event.object_id = key
            AND event.id > past.after_id
            AND event.id < past.until_id
            AND event.at > moment
        ORDER BY event.id
        LIMIT 1
    ) AS event
    ORDER BY event.id
    LIMIT 1;
    IF next_one.op = 'INSERT' THEN
        keys := ARRAY[key];
        below_id := next_one.id + 1;
        RETURN;
    END IF;
    SELECT event.* INTO last_one
    FROM :"schema".trigger_audit_table_names(audited_schema, audited_name) AS past
    CROSS JOIN LATERAL (
        SELECT event.id
        FROM :"schema".trigger_audit_event AS event
        WHERE
            event.table_name = past.name
            AND event.table_schema = audited_schema
            AND event.object_id = key
            AND event.id > past.after_id
            AND event.id < past.until_id
            AND event.at <= moment
        ORDER BY event.id DESC
        LIMIT 1
    ) AS event
    ORDER BY event.id DESC
    LIMIT 1;
    SELECT change.op, change.moved_to INTO last_one
    FROM :"schema".trigger_audit_changes(
        audited_schema, audited_name, key_columns, column_names,
        NULL, moment, last_one.id - 1, last_one.id + 1, ARRAY[key]
    ) AS change
    WHERE last_one.id IS NOT NULL;
    IF last_one.op IS NULL OR last_one.op = 'DELETE' OR last_one.moved_to IS NOT NULL THEN
        RETURN;
    END IF;
    keys := ARRAY[key];
    IF next_one.old ?& column_names THEN
        below_id := next_one.id + 1;
        RETURN;
    END IF;
    WHILE known < cardinality(keys) LOOP
        known := cardinality(keys);
        keys := ARRAY(
            SELECT unnest(keys)
            UNION
            SELECT change.moved_to
            FROM :"schema".trigger_audit_changes(
                audited_schema, audited_name, key_columns, column_names,
                moment, NULL, NULL, NULL, keys
            ) AS change
            WHERE change.moved_to IS NOT NULL
        );
    END LOOP;
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_row_history(
    text, text, text[], text[], timestamptz, text
) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_row_history(
    text, text, text[], text[], timestamptz, text
)
IS 'Where to look for what a row was at a moment: under which keys, and below which id.';
