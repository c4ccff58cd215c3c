-- At the end of a backfill the other lanes go on where the first one is, which had the rows of all.
-- Variables: schema (of the audit table). Parameter: the subscription.
UPDATE :"schema".trigger_audit_feed_cursor AS cursor
SET
    lo = leader.lo,
    ceiling = leader.ceiling,
    base = leader.base,
    rebased = leader.rebased,
    backfill = NULL,
    schemas = leader.schemas,
    partitions = leader.partitions,
    partitions_at = leader.partitions_at,
    moved_at = leader.moved_at
FROM :"schema".trigger_audit_feed_cursor AS leader
WHERE
    (leader.subscription, leader.shard) = (%s, 0)
    AND cursor.subscription = leader.subscription
    AND cursor.shard > 0
