-- Refuses to change what is recorded, to its owner and to superusers too, unless the session says
-- why: SET LOCAL trigger_audit.allow_change = '…'. What is then done leaves an event of its own.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_guard()
RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    reason text := nullif(current_setting('trigger_audit.allow_change', true), '');
BEGIN
    IF reason IS NULL THEN
        RAISE EXCEPTION '% of % is refused: what is recorded stays', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege',
            HINT = 'If it must be, say why in the same transaction: '
                || 'SET LOCAL trigger_audit.allow_change = ''the reason''.';
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
            jsonb_build_object('reason', reason),
            session_user
        );
    END IF;
    RETURN CASE WHEN TG_LEVEL = 'ROW' THEN coalesce(NEW, OLD) END;
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_guard() FROM PUBLIC;
