-- Above which id a window has to begin to look: the greatest floor of marks that are older than all
-- that hi sees and lo does not; 0 without a mark.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_feed_start(lo pg_snapshot, hi pg_snapshot)
RETURNS bigint
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $body$
    SELECT coalesce(
        (
            SELECT mark.floor
            FROM :"schema".trigger_audit_feed_mark AS mark
            WHERE mark.txid < coalesce(
                (
                    -- What was open when lo was taken, and has committed since.
                    SELECT xid
                    FROM pg_snapshot_xip(lo) AS xid
                    WHERE pg_visible_in_snapshot(xid, hi)
                    ORDER BY xid
                    LIMIT 1
                ),
                pg_snapshot_xmax(lo)
            )
            ORDER BY mark.txid DESC
            LIMIT 1
        ),
        0
    )
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_feed_start(pg_snapshot, pg_snapshot) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_feed_start(pg_snapshot, pg_snapshot)
IS 'Above which id the window between two snapshots begins.';
