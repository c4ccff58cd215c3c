-- Removes the marks that no subscription can need any more: of those older than all that a lane has
-- not seen, the youngest is enough.
-- Variables: schema (of the audit table).
DELETE FROM :"schema".trigger_audit_feed_mark AS mark
WHERE mark.txid < (
    SELECT needed.txid
    FROM (
        SELECT (
            SELECT older.txid
            FROM :"schema".trigger_audit_feed_mark AS older
            WHERE older.txid < pg_snapshot_xmin(cursor.lo)
            ORDER BY older.txid DESC
            LIMIT 1
        ) AS txid
        FROM :"schema".trigger_audit_feed_cursor AS cursor
    ) AS needed
    -- A lane that has none needs all.
    ORDER BY needed.txid NULLS FIRST
    LIMIT 1
)
