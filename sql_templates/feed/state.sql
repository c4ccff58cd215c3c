-- Where a lane stands, and the window that could be opened. The snapshot is taken before the
-- sequence is read, so that no event it sees has a greater id than the floor; and the floor is read
-- before this transaction has an id of its own, so that it may be left as a mark.
-- No window of a lane ends inside of another's: it goes up to the end of the first window that
-- others have open and this one has not come to, else up to the present. Of two snapshots the later
-- one has the greater xmax, or fewer transactions that were running.
-- Variables: schema (of the audit table). Parameters: the subscription, the shard.
SELECT
    coalesce(others.hi, pg_current_snapshot())::text AS hi,
    coalesce(
        others.ceiling, sequence.last_value - (NOT sequence.is_called)::integer
    ) AS ceiling,
    others.hi IS NOT NULL AS is_short,
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
    -- An attempt was counted a moment ago, whose failure nobody has noted.
    coalesce(cursor.retry_at > clock_timestamp() - make_interval(secs => 0.25), FALSE)
        AS is_in_hand,
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
LEFT JOIN LATERAL (
    SELECT
        other.hi,
        other.ceiling
    FROM :"schema".trigger_audit_feed_cursor AS other
    WHERE
        other.subscription = cursor.subscription
        AND other.shard <> cursor.shard
        AND other.rebased
        AND other.hi IS NOT NULL
        AND (
            pg_snapshot_xmax(other.hi),
            -(SELECT count(*) FROM pg_snapshot_xip(other.hi))
        ) > (
            pg_snapshot_xmax(cursor.lo),
            -(SELECT count(*) FROM pg_snapshot_xip(cursor.lo))
        )
    ORDER BY
        pg_snapshot_xmax(other.hi) ASC,
        (SELECT count(*) FROM pg_snapshot_xip(other.hi)) DESC
    LIMIT 1
) AS others ON TRUE
