-- Gives a function another body; owner, rights, options and comment stay.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_replace_body(
    replaced regprocedure, new_body text
)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $body$
DECLARE
    definition CONSTANT text := pg_get_functiondef(replaced);
    old_body CONSTANT text := (SELECT prosrc FROM pg_proc WHERE oid = replaced);
BEGIN
    -- The body comes last, between dollar quotes that may not fit the new one.
    EXECUTE regexp_replace(
        left(definition, strpos(definition, old_body) - 1), '\$functionx*\$$', ''
    ) || quote_literal(new_body);
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_replace_body(regprocedure, text) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_replace_body(regprocedure, text)
IS 'Gives a function another body; owner, rights, options and comment stay.';
