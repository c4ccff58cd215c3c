-- All names that some columns of a table had.
-- The caller's search_path finds the table, so that it must not be pinned here.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_past_columns(audited text, column_names text[])
RETURNS text[]
LANGUAGE sql
STABLE
RETURN column_names || ARRAY(
    SELECT DISTINCT pair.key
    FROM pg_catalog.pg_class
    INNER JOIN pg_catalog.pg_namespace ON pg_namespace.oid = pg_class.relnamespace
    CROSS JOIN
        LATERAL :"schema".trigger_audit_column_names(
            pg_namespace.nspname::text,
            pg_class.relname::text,
            trigger_audit_past_columns.column_names
        ) AS past
    CROSS JOIN LATERAL pg_catalog.jsonb_each(past.names) AS pair
    WHERE pg_class.oid = pg_catalog.to_regclass(trigger_audit_past_columns.audited)
);

REVOKE ALL ON FUNCTION :"schema".trigger_audit_past_columns(text, text[]) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_past_columns(text, text[])
IS 'All names that some columns of a table had.';
