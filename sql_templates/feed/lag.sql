-- What was committed and not delivered in a lane: how much, up to a number, and since when.
-- Variables: schema (of the audit table). Parameters: the sources as JSON, up to how many, the
-- subscription, the lane.
WITH wanted AS (
    SELECT
        %s::jsonb AS sources,
        %s::integer AS most
),

lane AS (
    SELECT
        cursor.*,
        wanted.sources,
        wanted.most,
        sequence.last_value AS floor,
        pg_current_snapshot() AS now,
        coalesce(
            (
                SELECT mark.floor
                FROM :"schema".trigger_audit_feed_mark AS mark
                WHERE mark.txid < pg_snapshot_xmin(coalesce(cursor.hi, cursor.lo))
                ORDER BY mark.txid DESC
                LIMIT 1
            ),
            0
        ) AS start
    FROM :"schema".trigger_audit_feed_cursor AS cursor
    CROSS JOIN wanted
    CROSS JOIN :"schema".trigger_audit_event_id_seq AS sequence
    WHERE (cursor.subscription, cursor.shard) = (%s, %s)
),

undelivered AS (
    SELECT page.at
    FROM lane
    CROSS JOIN
        :"schema".trigger_audit_feed_page(
            lane.lo, lane.hi, lane.pos, lane.ceiling, lane.since, lane.sources, lane.shard,
            lane.shards, lane.most
        ) AS page
    WHERE lane.hi IS NOT NULL OR NOT lane.rebased
    UNION ALL
    SELECT page.at
    FROM lane
    CROSS JOIN :"schema".trigger_audit_feed_page(
        CASE
            WHEN NOT lane.rebased THEN '1:1:'::pg_snapshot
            ELSE coalesce(lane.hi, lane.lo)
        END,
        lane.now, greatest(lane.start, lane.base), lane.floor, lane.since, lane.sources,
        lane.shard, lane.shards, lane.most
    ) AS page
)

SELECT
    count(*) AS events,
    coalesce(extract(EPOCH FROM clock_timestamp() - min(undelivered.at)), 0)::double precision
        AS seconds
FROM undelivered
