-- Who and why, as the session told by SET LOCAL trigger_audit.context; null if it told nothing.
-- The body is no string: its names are bound now, whatever the caller's search_path, and without
-- a SET clause it is inlined. Where nothing was told that costs a tenth of a plpgsql function.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_context()
RETURNS jsonb
LANGUAGE sql
STABLE
RETURN CASE
    -- A setting that was local to a transaction reads as '' after it.
    WHEN pg_catalog.current_setting('trigger_audit.context', TRUE) <> ''
        THEN :"schema".trigger_audit_parse_context(
            pg_catalog.current_setting('trigger_audit.context', TRUE)
        )
END;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_context() FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_context()
IS 'Who and why, as the session told by SET LOCAL trigger_audit.context.';
