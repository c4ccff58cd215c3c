-- What changed the rows of a table after a moment, or up to it, with the present names of columns
-- and the key that an UPDATE moved a row to. Of a name that was another table's before or after,
-- only its own events are taken. Bounds and keys that are null do not bound.
-- A row recorded as it stood has that image as its old and as its new one.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_changes(
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
    id bigint, txid xid8, at timestamptz, op text, key text, moved_to text, old jsonb, new jsonb
)
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
-- What is asked for decides which index is read.
SET plan_cache_mode = force_custom_plan
AS $body$
#variable_conflict use_column
DECLARE
    past_names text[];
    lows bigint[];
    highs bigint[];
    renames bigint[];
    translations text[];
BEGIN
    SELECT array_agg(past.name), array_agg(past.after_id), array_agg(past.until_id)
    INTO past_names, lows, highs
    FROM :"schema".trigger_audit_table_names(audited_schema, audited_name) AS past;
    SELECT
        array_agg(past.until_id ORDER BY past.until_id),
        array_agg(past.names::text ORDER BY past.until_id)
    INTO renames, translations
    FROM :"schema".trigger_audit_column_names(audited_schema, audited_name, column_names) AS past;
    RETURN QUERY
    SELECT
        change.id,
        change.txid,
        change.at,
        change.op,
        change.key,
        CASE
            WHEN change.op <> 'UPDATE' THEN NULL
            -- Most keys have one column and stay, which is found out at once.
            WHEN
                cardinality(key_columns) = 1
                AND change.new -> key_columns[1] IS NOT DISTINCT FROM change.old -> key_columns[1]
                THEN NULL
            ELSE :"schema".trigger_audit_moved_to(
                change.key, key_columns, change.old, change.new
            )
        END,
        CASE WHEN change.op = 'SNAPSHOT' THEN coalesce(change.new, change.old) ELSE change.old END,
        CASE WHEN change.op = 'SNAPSHOT' THEN coalesce(change.new, change.old) ELSE change.new END
    FROM (
        SELECT
            event.id,
            event.txid,
            event.at,
            event.op,
            event.object_id AS key,
            CASE
                WHEN translation.names IS NULL THEN event.old
                ELSE :"schema".trigger_audit_translate(event.old, translation.names)
            END AS old,
            CASE
                WHEN translation.names IS NULL THEN event.new
                ELSE :"schema".trigger_audit_translate(event.new, translation.names)
            END AS new
        FROM :"schema".trigger_audit_event AS event
        CROSS JOIN LATERAL (
            SELECT CASE
                WHEN renames IS NOT NULL
                    THEN translations[width_bucket(event.id, renames) + 1]::jsonb
            END AS names
            -- Once for an event.
            OFFSET 0
        ) AS translation
        WHERE
            event.table_name = any(past_names)
            AND event.table_schema = audited_schema
            AND event.op IN ('INSERT', 'UPDATE', 'DELETE', 'SNAPSHOT')
            AND (keys IS NULL OR event.object_id = any(keys))
            AND (after_moment IS NULL OR event.at > after_moment)
            AND (until_moment IS NULL OR event.at <= until_moment)
            AND (above_id IS NULL OR event.id > above_id)
            AND (below_id IS NULL OR event.id < below_id)
            AND EXISTS (
                SELECT
                FROM unnest(past_names, lows, highs) AS past (name, low, high)
                WHERE
                    past.name = event.table_name
                    AND event.id > past.low
                    AND event.id < past.high
            )
        OFFSET 0
    ) AS change;
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_changes(
    text, text, text[], text[], timestamptz, timestamptz, bigint, bigint, text[]
) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_changes(
    text, text, text[], text[], timestamptz, timestamptz, bigint, bigint, text[]
)
IS 'What changed the rows of a table after a moment, or up to it, in the present names of columns.';
