-- Refuses to change what is recorded, to its owner and to superusers too, unless the session says
-- why: SET LOCAL trigger_audit.allow_change = '...'. What is then done leaves an event of its own.
-- The definer's rights write that event: whoever may delete need not be allowed to insert.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_guard()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    reason CONSTANT text := nullif(current_setting('trigger_audit.allow_change', TRUE), '');
BEGIN
    IF reason IS NULL THEN
        RAISE EXCEPTION '% of % is refused: what is recorded stays', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege',
            HINT = 'If it must be, say why in the same transaction: '
                || 'SET LOCAL trigger_audit.allow_change = ''the reason''.';
    END IF;
    IF TG_LEVEL = 'ROW' THEN
        RETURN coalesce(NEW, OLD);
    END IF;
    -- TRUNCATE of the table comes here for each partition: one trace is enough. Other statements run
    -- what their author likes between BEFORE and AFTER, and one may both update and delete.
    IF TG_OP = 'TRUNCATE' THEN
        IF TG_WHEN = 'AFTER' AND current_setting('trigger_audit.traced', TRUE) = 'yes' THEN
            RETURN NULL;
        END IF;
        PERFORM set_config(
            'trigger_audit.traced', CASE TG_WHEN WHEN 'AFTER' THEN 'yes' ELSE '' END, TRUE
        );
    END IF;
    IF TG_WHEN = 'AFTER' THEN
        RAISE LOG 'trigger_audit: % of % by %: %', TG_OP, TG_TABLE_NAME, session_user, reason;
        INSERT INTO :"schema".trigger_audit_event
            (at, txid, op, table_schema, table_name, context, db_user)
        VALUES (
            clock_timestamp(),
            pg_current_xact_id(),
            TG_OP,
            TG_TABLE_SCHEMA,
            'trigger_audit_event',
            coalesce(:"schema".trigger_audit_context(), '{}')
            || jsonb_build_object('reason', reason),
            session_user
        );
    END IF;
    RETURN NULL;
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_guard() FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_guard()
IS 'Refuses UPDATE, DELETE and TRUNCATE of events, unless trigger_audit.allow_change says why.';
