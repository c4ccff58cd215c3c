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
DECLARE
    name CONSTANT text := format('%I.%I', :'schema', partition);
    parent CONSTANT regclass := format('%I.trigger_audit_event', :'schema');
    overflow CONSTANT regclass := format('%I.trigger_audit_event_default', :'schema');
BEGIN
    EXECUTE format(
        'CREATE TABLE %s (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS '
        'INCLUDING COMPRESSION) WITH (autovacuum_vacuum_insert_scale_factor = 0, '
        'autovacuum_vacuum_insert_threshold = 10000)',
        name, parent
    );
    -- Keeps writers out until the partition is there.
    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', overflow);
    IF EXISTS (
        SELECT FROM :"schema".trigger_audit_event_default AS event
        WHERE event.at >= lower_bound AND event.at < upper_bound
    ) THEN
        -- To move is no change of what is recorded, and leaves no trace.
        PERFORM :"schema".trigger_audit_set_guards(overflow, FALSE);
        EXECUTE format(
            'WITH moved AS (DELETE FROM %s WHERE at >= $1 AND at < $2 RETURNING *) '
            'INSERT INTO %s SELECT * FROM moved',
            overflow, name
        ) USING lower_bound, upper_bound;
        PERFORM :"schema".trigger_audit_set_guards(overflow, TRUE);
    END IF;
    EXECUTE format(
        'ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%L) TO (%L)',
        parent, name, lower_bound, upper_bound
    );
    EXECUTE format(
        'COMMENT ON TABLE %s IS %L',
        name, 'The events of ' || to_char(lower_bound, 'YYYY-MM') || ', in UTC.'
    );
    -- Whoever owns the audit table can then manage it, also where a superuser came to help.
    EXECUTE format(
        'ALTER TABLE %s OWNER TO %I',
        name, (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = parent)
    );
END
$body$;

REVOKE ALL ON FUNCTION
:"schema".trigger_audit_make_partition(text, timestamptz, timestamptz) FROM PUBLIC;

COMMENT ON FUNCTION
:"schema".trigger_audit_make_partition(text, timestamptz, timestamptz)
IS 'Makes a partition of the audit table, with what the default partition holds of its range.';
