-- Says that the feed's positions belong to this database, in a new epoch, which is returned.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_feed_renew_origin()
RETURNS integer
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    former CONSTANT integer := (
        SELECT coalesce(max(origin.epoch), 0) FROM :"schema".trigger_audit_feed_origin AS origin
    );
BEGIN
    DELETE FROM :"schema".trigger_audit_feed_origin;
    INSERT INTO :"schema".trigger_audit_feed_origin (epoch, system_identifier, written_by)
    SELECT former + 1, control.system_identifier, '' FROM pg_control_system() AS control;
    -- In a savepoint xmin is not the transaction's own number, and only the row itself tells it.
    UPDATE :"schema".trigger_audit_feed_origin SET written_by = xmin::text;
    RETURN former + 1;
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_feed_renew_origin() FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_feed_renew_origin()
IS 'Says that the positions of the feed belong to this database, in a new epoch.';

SELECT :"schema".trigger_audit_feed_renew_origin();
