-- Guards the audit table, or one of its partitions. Against whole statements each needs its own:
-- of those on a partition itself the table's triggers hear nothing. The row trigger is cloned to
-- every partition, also to one made by hand, which is thus guarded at once.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_guard_table(guarded regclass)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    IF NOT (SELECT relispartition FROM pg_class WHERE oid = guarded) THEN
        EXECUTE format(
            'CREATE OR REPLACE TRIGGER trigger_audit_guard_row '
            'BEFORE UPDATE OR DELETE ON %s '
            'FOR EACH ROW EXECUTE FUNCTION %I.trigger_audit_guard()',
            guarded, :'schema'
        );
    END IF;
    EXECUTE format(
        'CREATE OR REPLACE TRIGGER trigger_audit_guard_statement '
        'BEFORE UPDATE OR DELETE OR TRUNCATE ON %s '
        'FOR EACH STATEMENT EXECUTE FUNCTION %I.trigger_audit_guard()',
        guarded, :'schema'
    );
    EXECUTE format(
        'CREATE OR REPLACE TRIGGER trigger_audit_guard_trace '
        'AFTER UPDATE OR DELETE OR TRUNCATE ON %s '
        'FOR EACH STATEMENT EXECUTE FUNCTION %I.trigger_audit_guard()',
        guarded, :'schema'
    );
    PERFORM :"schema".trigger_audit_set_guards(guarded, TRUE);
    PERFORM :"schema".trigger_audit_withhold('TABLE'::text, guarded::oid);
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_guard_table(regclass) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_guard_table(regclass)
IS 'Guards the audit table or a partition against UPDATE, DELETE and TRUNCATE.';
