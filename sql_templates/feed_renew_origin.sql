-- Says that the feed's positions belong to this database, in a new epoch. What came with a dump is
-- told from what was written since: its transactions' numbers are of another counter.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_feed_renew_origin()
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    counter CONSTANT bigint := pg_snapshot_xmax(pg_current_snapshot())::text;
    -- A row's xmin is the number's lower half.
    turns CONSTANT bigint := counter >> 32 << 32;
    former_epoch integer;
    restore bigint;
    last_id bigint := 0;
BEGIN
    SELECT origin.epoch, origin.xmin::text::bigint
    INTO former_epoch, restore
    FROM :"schema".trigger_audit_feed_origin AS origin;
    IF FOUND THEN
        restore := turns + restore - CASE WHEN turns + restore > counter THEN 1::bigint << 32 ELSE 0 END;
        SELECT coalesce(max(event.id), 0)
        INTO last_id
        FROM (
            SELECT
                stored.id,
                stored.txid::text::bigint AS txid,
                turns + stored.xmin::text::bigint AS writer
            FROM :"schema".trigger_audit_event AS stored
        ) AS event
        WHERE
            event.txid >= counter
            OR event.txid < restore
            -- What wrote it here had a lower number than what wrote it there.
            OR CASE WHEN event.writer > counter THEN event.writer - (1::bigint << 32) ELSE event.writer END
            < event.txid;
    END IF;
    DELETE FROM :"schema".trigger_audit_feed_origin;
    DELETE FROM :"schema".trigger_audit_feed_mark;
    INSERT INTO :"schema".trigger_audit_feed_origin
        (epoch, system_identifier, written_by, restored_to)
    SELECT coalesce(former_epoch, 0) + 1, control.system_identifier, '', last_id
    FROM pg_control_system() AS control;
    -- In a savepoint xmin is not the transaction's own number, and only the row itself tells it.
    UPDATE :"schema".trigger_audit_feed_origin SET written_by = xmin::text;
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_feed_renew_origin() FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_feed_renew_origin()
IS 'Says that the positions of the feed belong to this database, in a new epoch.';

SELECT :"schema".trigger_audit_feed_renew_origin();
