-- The next events of a window, at most so many, in the order of their ids: which snapshot hi sees
-- and lo does not. Null for hi goes by ids alone, as where a dump was restored.
-- wanted has an object for each table: schema, table, first and last (ids between which the table
-- was named so), operations, columns (one of which an UPDATE has changed; null for any) and key
-- (the columns of the primary key).
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_feed_page(
    lo pg_snapshot,
    hi pg_snapshot,
    pos bigint,
    ceiling bigint,
    since timestamptz,
    wanted jsonb,
    shard integer,
    shards integer,
    size integer
)
RETURNS TABLE (
    id bigint,
    at timestamptz,
    txid xid8,
    op text,
    table_schema text,
    table_name text,
    object_id text,
    old jsonb,
    new jsonb,
    context jsonb,
    db_user text,
    new_object_id text,
    entry integer
)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
-- A page is read from the index of ids, whatever is estimated of a window: no plan that first looks
-- at all of a backlog and sorts it.
SET jit = off
SET enable_sort = off
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET enable_material = off
AS $body$
    SELECT
        event.id,
        event.at,
        event.txid,
        event.op,
        event.table_schema,
        event.table_name,
        event.object_id,
        event.old,
        event.new,
        event.context,
        event.db_user,
        changed.new_key,
        subscribed.entry
    FROM :"schema".trigger_audit_event AS event
    CROSS JOIN LATERAL (
        SELECT
            entry.position::integer - 1 AS entry,
            entry.value -> 'key' AS key
        FROM jsonb_array_elements(wanted) WITH ORDINALITY AS entry (value, position)
        WHERE
            entry.value ->> 'table' = event.table_name
            AND entry.value ->> 'schema' = event.table_schema
            AND event.id > (entry.value -> 'first')::bigint
            AND event.id < (entry.value -> 'last')::bigint
            AND entry.value -> 'operations' ? event.op
            AND (
                event.op <> 'UPDATE'
                OR jsonb_typeof(entry.value -> 'columns') = 'null'
                OR EXISTS (
                    SELECT
                    FROM jsonb_array_elements_text(entry.value -> 'columns') AS name
                    -- As text: 1.0 equals 1.00, but is not the same.
                    WHERE (event.old -> name)::text IS DISTINCT FROM (event.new -> name)::text
                )
            )
        LIMIT 1
    ) AS subscribed
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN event.op = 'UPDATE' AND EXISTS (
                SELECT FROM jsonb_array_elements_text(subscribed.key) AS name
                WHERE (event.old -> name)::text IS DISTINCT FROM (event.new -> name)::text
            )
                THEN :"schema".trigger_audit_feed_new_key(
                    event.object_id, event.new, subscribed.key
                )
            ELSE event.object_id
        END AS new_key
    ) AS changed
    WHERE
        event.id > pos
        AND event.id <= ceiling
        AND NOT pg_visible_in_snapshot(event.txid, lo)
        AND (hi IS NULL OR pg_visible_in_snapshot(event.txid, hi))
        AND (since IS NULL OR event.at >= since)
        -- What concerns rows of several lanes comes to each of them: there they wait for each other.
        AND (
            shards = 1
            OR event.object_id IS NULL
            OR shard IN (
                :"schema".trigger_audit_feed_shard(event.object_id, shards),
                :"schema".trigger_audit_feed_shard(changed.new_key, shards)
            )
        )
    ORDER BY event.id
    LIMIT size
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_feed_page(
    pg_snapshot, pg_snapshot, bigint, bigint, timestamptz, jsonb, integer, integer, integer
) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_feed_page(
    pg_snapshot, pg_snapshot, bigint, bigint, timestamptz, jsonb, integer, integer, integer
)
IS 'The next events of a window between two snapshots, in the order of their ids.';
