-- The context of a statement that is too long to be copied for each row of a row trigger: what its
-- comment told is kept, until the transaction ends, with the moment at which the statement came.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_long_statement_context()
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    kept text := current_setting('trigger_audit.long_statement', true);
    moment CONSTANT text := extract(EPOCH FROM statement_timestamp())::text || ' ';
    statement text;
    told text;
BEGIN
    IF starts_with(kept, moment) THEN
        told := substr(kept, length(moment) + 1);
    ELSE
        statement := current_query();
        IF starts_with(statement, '/*trigger_audit:') THEN
            -- More than 8192 bytes are not read anyway.
            told := left(substr(split_part(statement, '*/', 1), 17), 8193);
        END IF;
        PERFORM set_config('trigger_audit.long_statement', concat(moment, told), true);
    END IF;
    IF told <> '' THEN
        RETURN :"schema".trigger_audit_parse_context(told);
    END IF;
    told := current_setting('trigger_audit.context', true);
    IF told <> '' THEN
        RETURN :"schema".trigger_audit_parse_context(told);
    END IF;
    RETURN NULL;
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_long_statement_context() FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_long_statement_context()
IS 'As trigger_audit_context(), which calls it where the statement is long.';
