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
-- Planned once in a session: what it is asked for does not decide how.
SET plan_cache_mode = force_generic_plan
AS $body$
DECLARE
    last_one record;
    next_one record;
    names jsonb;
    known integer := 0;
BEGIN
    IF key IS NULL THEN
        RETURN;
    END IF;
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
        SELECT event.id, event.op, event.old, event.new
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
    SELECT past.names INTO names
    FROM :"schema".trigger_audit_column_names(
        audited_schema, audited_name, column_names
    ) AS past
    WHERE past.until_id > last_one.id
    ORDER BY past.until_id
    LIMIT 1;
    IF last_one.op IS NULL THEN
        IF
            :"schema".trigger_audit_arrived(
                audited_schema, audited_name, key_columns, moment, next_one.id, key
            )
        THEN
            RETURN;
        END IF;
    ELSIF
        last_one.op = 'DELETE'
        OR :"schema".trigger_audit_moved_to(
            key,
            key_columns,
            coalesce(:"schema".trigger_audit_translate(last_one.old, names), last_one.old),
            coalesce(:"schema".trigger_audit_translate(last_one.new, names), last_one.new)
        ) IS NOT NULL
    THEN
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
