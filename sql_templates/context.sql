-- Who and why, as the statement told in a comment at its very start, or else the session by
-- SET LOCAL trigger_audit.context; null if neither told anything. Further in, a comment may be part
-- of a value. What is read is the client's statement, also in a trigger or a function.
-- The body is no string: its names are bound now, whatever the caller's search_path, and without
-- a SET clause it is inlined. Where nothing was told that costs a tenth of a plpgsql function.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_context()
RETURNS jsonb
LANGUAGE sql
VOLATILE
RETURN CASE
    -- Each call of current_query() copies the whole statement, which a row trigger may do for each
    -- of its rows. The setting tells that this transaction had a long one.
    WHEN pg_catalog.current_setting('trigger_audit.long_statement', TRUE) <> ''
        THEN :"schema".trigger_audit_long_statement_context()
    WHEN pg_catalog.octet_length(pg_catalog.current_query()) > 16384
        THEN :"schema".trigger_audit_long_statement_context()
    WHEN pg_catalog.starts_with(pg_catalog.current_query(), '/*trigger_audit:')
        THEN :"schema".trigger_audit_parse_context(
            pg_catalog.substr(pg_catalog.split_part(pg_catalog.current_query(), '*/', 1), 17)
        )
    -- A setting that was local to a transaction reads as '' after it.
    WHEN pg_catalog.current_setting('trigger_audit.context', TRUE) <> ''
        THEN :"schema".trigger_audit_parse_context(
            pg_catalog.current_setting('trigger_audit.context', TRUE)
        )
END;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_context() FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_context()
IS 'Who and why, as a comment at the statement''s start told, or SET LOCAL trigger_audit.context.';
