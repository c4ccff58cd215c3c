-- The schema of a table, as the caller's search_path finds it; null for one that is not there.
-- The body is no string, so that it is inlined.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_schema(audited text)
RETURNS text
LANGUAGE sql
STABLE
RETURN (
    SELECT pg_namespace.nspname::text
    FROM pg_catalog.pg_class
    INNER JOIN pg_catalog.pg_namespace ON pg_namespace.oid = pg_class.relnamespace
    WHERE pg_class.oid = pg_catalog.to_regclass(trigger_audit_schema.audited)
);

REVOKE ALL ON FUNCTION :"schema".trigger_audit_schema(text) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_schema(text)
IS 'The schema of a table, as the search_path finds it.';
