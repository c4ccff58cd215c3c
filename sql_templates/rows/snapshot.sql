-- The next rows of a table, by their keys, as an INSERT event shows them, and the window up to the
-- snapshot that they are read in; null for the row if there is none.
-- Variables: schema (of the audit table), table, columns (as images have them), key, key_value (one
-- value, or a row of several), after, condition.
-- Parameters: the key of the last row before, as JSON, and again for each part; the number of
-- lanes, the lane, how many; the subscription, the lane.
SELECT
    snapshot.now::text,
    sequence.last_value - (NOT sequence.is_called)::integer AS floor,
    greatest(
        cursor.base, :"schema".trigger_audit_feed_start(cursor.lo, snapshot.now)
    ) AS start,
    clock_timestamp(),
    chunk.object_id,
    chunk.position,
    chunk.image
FROM :"schema".trigger_audit_event_id_seq AS sequence
CROSS JOIN (SELECT pg_current_snapshot() AS now) AS snapshot
INNER JOIN :"schema".trigger_audit_feed_cursor AS cursor ON TRUE
LEFT JOIN LATERAL (
    SELECT
        keyed.object_id,
        jsonb_build_array(:key)::text AS position,
        :"schema".trigger_audit_image(shown)::text AS image
    FROM :table AS new
    -- An image that an INSERT does not have counts as all null.
    LEFT JOIN :table AS old ON FALSE
    CROSS JOIN LATERAL (
        SELECT :"schema".trigger_audit_key_text(:key_value) AS object_id
    ) AS keyed
    CROSS JOIN LATERAL (
        SELECT
            :columns
    ) AS shown
    WHERE (%s::jsonb IS NULL OR ROW(:key) > ROW(:after))
        AND :"schema".trigger_audit_feed_shard(keyed.object_id, %s) = %s
        AND :condition
    ORDER BY :key
    LIMIT %s
) AS chunk ON TRUE
WHERE (cursor.subscription, cursor.shard) = (%s, %s)
