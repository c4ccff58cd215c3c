-- The partitions of the audit table, by oid: with the greatest id where the month is over and no
-- more is to come, with null where more may.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_feed_partitions()
RETURNS jsonb
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
SET "TimeZone" = 'UTC'
AS $body$
DECLARE
    partition record;
    greatest_id bigint;
    found jsonb := '{}';
BEGIN
    FOR partition IN
        SELECT
            pg_class.oid,
            coalesce(
                (regexp_match(bounds.text, 'FROM \(''([^'']+)''\)'))[1], '-infinity'
            )::timestamptz AS since,
            (regexp_match(bounds.text, 'TO \(''([^'']+)''\)'))[1]::timestamptz AS until
        FROM pg_inherits
        INNER JOIN pg_class ON pg_class.oid = pg_inherits.inhrelid
        CROSS JOIN LATERAL (
            SELECT pg_get_expr(pg_class.relpartbound, pg_class.oid) AS text
        ) AS bounds
        WHERE pg_inherits.inhparent = format('%I.trigger_audit_event', :'schema')::regclass
    LOOP
        greatest_id := NULL;
        IF partition.until < clock_timestamp() THEN
            -- Not from the partition itself: whoever may read the table has no right on that.
            SELECT coalesce(max(event.id), 0)
            INTO greatest_id
            FROM :"schema".trigger_audit_event AS event
            WHERE event.at >= partition.since AND event.at < partition.until;
        END IF;
        found := found || jsonb_build_object(partition.oid::text, greatest_id);
    END LOOP;
    RETURN found;
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_feed_partitions() FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_feed_partitions()
IS 'The partitions of the audit table, with their greatest ids where no more is to come.';
