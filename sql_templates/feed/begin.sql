-- The lanes of a new subscription, all from the same snapshot. Events that came with a dump have
-- numbers of transactions that mean nothing here: of these goes what their ids say.
-- Variables: schema (of the audit table). Parameters: the subscription, the number of shards,
-- whether to begin with what there is, since when, the state of the backfill.
WITH wanted AS (
    SELECT
        %s::text AS subscription,
        %s::integer AS shards,
        %s::boolean AS earliest,
        %s::timestamptz AS since,
        %s::jsonb AS backfill
),

-- By the index of transactions, not by that of ids.
restored AS MATERIALIZED (
    SELECT event.id
    FROM :"schema".trigger_audit_event AS event
    WHERE event.txid >= pg_snapshot_xmax(pg_current_snapshot())
),

last_restored AS (
    SELECT coalesce(max(restored.id), 0) AS id FROM restored
)

INSERT INTO :"schema".trigger_audit_feed_cursor
(subscription, shard, shards, epoch, lo, base, ceiling, rebased, since, backfill, partitions)
SELECT
    wanted.subscription,
    shard,
    wanted.shards,
    origin.epoch,
    CASE WHEN wanted.earliest THEN '1:1:'::pg_snapshot ELSE pg_current_snapshot() END,
    last_restored.id AS base,
    last_restored.id AS ceiling,
    NOT wanted.earliest OR last_restored.id = 0,
    wanted.since,
    wanted.backfill,
    :"schema".trigger_audit_feed_partitions()
FROM wanted
CROSS JOIN :"schema".trigger_audit_feed_origin AS origin
CROSS JOIN last_restored
CROSS JOIN generate_series(0, wanted.shards - 1) AS shard
ON CONFLICT DO NOTHING
