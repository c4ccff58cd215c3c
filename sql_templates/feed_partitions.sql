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
            (regexp_match(
                pg_get_expr(pg_class.relpartbound, pg_class.oid), 'TO \(''([^'']+)''\)'
            ))[1]::timestamptz AS until
        FROM pg_inherits
        INNER JOIN pg_class ON pg_class.oid = pg_inherits.inhrelid
        WHERE pg_inherits.inhparent = format('%I.trigger_audit_event', :'schema')::regclass
    LOOP
        greatest_id := NULL;
        IF partition.until < clock_timestamp() THEN
            EXECUTE format('SELECT coalesce(max(id), 0) FROM %s', partition.oid::regclass)
            INTO greatest_id;
        END IF;
        found := found || jsonb_build_object(partition.oid::text, greatest_id);
    END LOOP;
    RETURN found;
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_feed_partitions() FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_feed_partitions()
IS 'The partitions of the audit table, with their greatest ids where no more is to come.';
