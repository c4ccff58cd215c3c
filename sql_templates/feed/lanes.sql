-- Whether the other lanes of a subscription have arrived at an event, and whether they have passed
-- it. What came with a dump goes by ids alone.
-- Variables: schema (of the audit table). Parameters: the event's transaction, its id, the
-- subscription, the lanes that it concerns.
WITH event AS (
    SELECT
        %s::xid8 AS txid,
        %s::bigint AS id
),

lanes AS (
    SELECT
        cursor.shard,
        coalesce(cursor.waits_for = event.id, FALSE) AS is_at,
        CASE
            WHEN cursor.rebased <> (event.id > cursor.base) THEN cursor.rebased
            WHEN pg_visible_in_snapshot(event.txid, cursor.lo) THEN TRUE
            WHEN cursor.pos < event.id THEN FALSE
            WHEN cursor.hi IS NULL THEN NOT cursor.rebased
            ELSE pg_visible_in_snapshot(event.txid, cursor.hi)
        END AS has_passed
    FROM :"schema".trigger_audit_feed_cursor AS cursor
    CROSS JOIN event
    WHERE cursor.subscription IN (%s) AND cursor.shard = any(%s::integer[])
)

SELECT
    lanes.shard,
    lanes.is_at OR lanes.has_passed AS has_arrived,
    lanes.has_passed
FROM lanes
