-- All names that a table had, for a condition that an index answers:
-- table_name = ANY (trigger_audit_names('library_book')).
-- The caller's search_path finds the table, so that it must not be pinned here.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_names(audited text)
RETURNS text[]
LANGUAGE sql
STABLE
RETURN ARRAY(
    SELECT DISTINCT past.name
    FROM pg_catalog.pg_class
    INNER JOIN pg_catalog.pg_namespace ON pg_namespace.oid = pg_class.relnamespace
    CROSS JOIN
        LATERAL :"schema".trigger_audit_table_names(
            pg_namespace.nspname::text, pg_class.relname::text
        ) AS past
    WHERE pg_class.oid = pg_catalog.to_regclass(trigger_audit_names.audited)
);

REVOKE ALL ON FUNCTION :"schema".trigger_audit_names(text) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_names(text)
IS 'All names that a table had.';
