-- Moves a lane.
-- Variables: schema (of the audit table). Parameters: for how many seconds it waits, null for none;
-- what is new, as JSON; the subscription, the shard.
UPDATE :"schema".trigger_audit_feed_cursor AS cursor
SET (
    epoch, lo, hi, ceiling, pos, base, rebased, since, backfill, schemas, partitions,
    partitions_at, waits_for, paused, attempts, isolated_to, retry_at, error, delivered, moved_at
) = (
    SELECT
        changed.epoch,
        changed.lo,
        changed.hi,
        changed.ceiling,
        changed.pos,
        changed.base,
        changed.rebased,
        changed.since,
        changed.backfill,
        changed.schemas,
        changed.partitions,
        changed.partitions_at,
        changed.waits_for,
        changed.paused,
        changed.attempts,
        changed.isolated_to,
        clock_timestamp() + make_interval(secs => %s::double precision),
        changed.error,
        changed.delivered,
        CASE
            WHEN
                changed.lo::text = cursor.lo::text AND changed.pos = cursor.pos
                THEN cursor.moved_at
            ELSE clock_timestamp()
        END
    FROM jsonb_populate_record(cursor.*, %s::jsonb) AS changed
)
WHERE (cursor.subscription, cursor.shard) = (%s, %s)
RETURNING to_jsonb(cursor.*)::text
