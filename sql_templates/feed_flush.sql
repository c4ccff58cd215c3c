-- Forgets all positions of the feed, for manage.py flush.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_feed_flush()
RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $body$
    DELETE FROM :"schema".trigger_audit_feed_cursor;
    DELETE FROM :"schema".trigger_audit_feed_parked;
    DELETE FROM :"schema".trigger_audit_feed_mark
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_feed_flush() FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_feed_flush()
IS 'Forgets how far the subscriptions of the feed came.';
