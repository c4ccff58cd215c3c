-- Makes the partitions of the present month and of the coming ones, and returns the names of those
-- it made. Events of such a month that the default partition took in are moved. Whatever belongs to
-- the audit table and is not guarded, or no longer, is guarded.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_prepare_partitions(months integer)
RETURNS SETOF text
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET "TimeZone" = 'UTC'
AS $body$
DECLARE
    month timestamptz;
    partition text;
BEGIN
    -- One session at a time, the others then find the work done; events are written meanwhile.
    LOCK TABLE ONLY :"schema".trigger_audit_event IN SHARE UPDATE EXCLUSIVE MODE;
    FOR month IN
        SELECT date_trunc('month', now()) + make_interval(months => ahead)
        FROM generate_series(0, trigger_audit_prepare_partitions.months) AS ahead
    LOOP
        partition := 'trigger_audit_event_' || to_char(month, 'YYYY_MM');
        CONTINUE WHEN to_regclass(format('%I.%I', :'schema', partition)) IS NOT NULL;
        PERFORM :"schema".trigger_audit_make_partition(
            partition, month, month + interval '1 month'
        );
        RETURN NEXT partition;
    END LOOP;
    -- The table itself, and partitions made by hand, too.
    PERFORM :"schema".trigger_audit_guard_table(member.relid)
    FROM pg_partition_tree(format('%I.trigger_audit_event', :'schema')::regclass) AS member
    WHERE 3 > (
        SELECT count(*) FROM pg_trigger
        WHERE
            tgrelid = member.relid
            AND tgname IN (
                'trigger_audit_guard_row',
                'trigger_audit_guard_statement',
                'trigger_audit_guard_trace'
            )
    );
    -- ALTER TABLE ... ENABLE TRIGGER ALL, as pg_restore --disable-triggers runs it, leaves them so that
    -- session_replication_role silences them.
    PERFORM :"schema".trigger_audit_set_guards(member.relid, TRUE)
    FROM pg_partition_tree(format('%I.trigger_audit_event', :'schema')::regclass) AS member
    WHERE EXISTS (
        SELECT FROM pg_trigger
        WHERE
            tgrelid = member.relid
            AND starts_with(tgname::text, 'trigger_audit_guard_')
            AND tgenabled <> 'A'
    );
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_prepare_partitions(integer) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_prepare_partitions(integer)
IS 'Makes the partitions of the present month and of so many more, and returns their names.';
