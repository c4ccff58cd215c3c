-- Makes one partition of the audit table, with what the default partition holds of its range.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_make_partition(
    partition text, lower_bound timestamptz, upper_bound timestamptz
)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET "TimeZone" = 'UTC'
AS $body$
BEGIN
    EXECUTE format(
        'CREATE TABLE %I.%I (LIKE %1$I.trigger_audit_event INCLUDING CONSTRAINTS)',
        :'schema', partition
    );
    -- Also keeps writers out until the partition is there.
    LOCK TABLE :"schema".trigger_audit_event_default IN ACCESS EXCLUSIVE MODE;
    IF EXISTS (
        SELECT FROM :"schema".trigger_audit_event_default WHERE at >= lower_bound AND at < upper_bound
    ) THEN
        -- Moving is no change of what is recorded: the guards let it pass, without a trace.
        ALTER TABLE :"schema".trigger_audit_event_default DISABLE TRIGGER USER;
        EXECUTE format(
            'WITH moved AS ('
            'DELETE FROM %1$I.trigger_audit_event_default WHERE at >= $1 AND at < $2 RETURNING *'
            ') INSERT INTO %1$I.%2$I SELECT * FROM moved',
            :'schema', partition
        ) USING lower_bound, upper_bound;
        ALTER TABLE :"schema".trigger_audit_event_default ENABLE TRIGGER USER;
    END IF;
    EXECUTE format(
        'ALTER TABLE %1$I.trigger_audit_event ATTACH PARTITION %1$I.%2$I FOR VALUES FROM (%3$L) TO (%4$L)',
        :'schema', partition, lower_bound, upper_bound
    );
    PERFORM :"schema".trigger_audit_guard_table(to_regclass(format('%I.%I', :'schema', partition)));
END
$body$;

REVOKE ALL ON FUNCTION
:"schema".trigger_audit_make_partition(text, timestamptz, timestamptz) FROM PUBLIC;
