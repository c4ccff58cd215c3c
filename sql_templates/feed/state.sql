-- Where a lane stands, and the window that could be opened. The snapshot is taken before the
-- sequence is read, so that no event it sees has a greater id than the floor; and the floor is read
-- before this transaction has an id of its own, so that it may be left as a mark.
-- Variables: schema (of the audit table). Parameters: the subscription, the shard.
SELECT
    pg_current_snapshot()::text AS now,
    sequence.last_value - (NOT sequence.is_called)::integer AS floor,
    greatest(
        cursor.base, :"schema".trigger_audit_feed_start(cursor.lo, pg_current_snapshot())
    ) AS start,
    origin.epoch,
    origin.xmin::text <> origin.written_by AS is_foreign,
    origin.epoch = cursor.epoch AND cursor.rebased AND coalesce(
        pg_snapshot_xmax(pg_current_snapshot()) < pg_snapshot_xmax(cursor.lo)
        -- Ids are given a second time, as after a failover that lost the latest commits.
        OR sequence.last_value < cursor.ceiling,
        FALSE
    ) AS is_behind,
    coalesce(cursor.retry_at > clock_timestamp(), FALSE) AS is_waiting,
    ARRAY(
        SELECT pg_inherits.inhrelid::text
        FROM pg_inherits
        INNER JOIN pg_class ON pg_class.oid = pg_inherits.inhparent
        INNER JOIN pg_namespace ON pg_namespace.oid = pg_class.relnamespace
        WHERE
            pg_class.relname = 'trigger_audit_event' AND pg_namespace.nspname = :'schema'
    ) AS partitions,
    NOT EXISTS (
        SELECT FROM (
            SELECT
                mark.at,
                mark.floor
            FROM :"schema".trigger_audit_feed_mark AS mark
            ORDER BY mark.txid DESC
            LIMIT 1
        ) AS latest
        WHERE
            latest.floor >= sequence.last_value
            OR latest.at > clock_timestamp() - make_interval(secs => 0.2)
    ) AS mark_is_due,
    cursor.partitions_at < clock_timestamp() - make_interval(mins => 10) AS is_stale,
    to_jsonb(cursor.*)::text AS cursor
FROM :"schema".trigger_audit_event_id_seq AS sequence
CROSS JOIN :"schema".trigger_audit_feed_origin AS origin
LEFT JOIN :"schema".trigger_audit_feed_cursor AS cursor
    ON (cursor.subscription, cursor.shard) = (%s, %s)
