-- Who and why, as the session told by SET LOCAL trigger_audit.context; null if it told nothing.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_context()
RETURNS jsonb
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    told CONSTANT text := nullif(current_setting('trigger_audit.context', true), '');
BEGIN
    IF told IS NULL THEN
        RETURN NULL;
    END IF;
    BEGIN
        RETURN told::jsonb;
    EXCEPTION WHEN others THEN
        RETURN jsonb_build_object('unparsed', left(told, 1000));
    END;
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_context() FROM PUBLIC;
