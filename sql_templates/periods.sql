-- Between which ids each name of a table was its own: {"library_book": "{(7,90)}"}. Another table
-- may have the name before or after. Null where the table was never renamed.
-- The caller's search_path finds the table, so that it must not be pinned here.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_periods(audited text)
RETURNS jsonb
LANGUAGE sql
STABLE
RETURN (
    SELECT pg_catalog.jsonb_object_agg(period.name, period.ids)
    FROM (
        SELECT
            past.name,
            pg_catalog.range_agg(pg_catalog.int8range(past.after_id, past.until_id, '()')) AS ids,
            pg_catalog.min(past.after_id) AS after_id
        FROM pg_catalog.pg_class
        INNER JOIN pg_catalog.pg_namespace ON pg_namespace.oid = pg_class.relnamespace
        CROSS JOIN
            LATERAL :"schema".trigger_audit_table_names(
                pg_namespace.nspname::text, pg_class.relname::text
            ) AS past
        WHERE pg_class.oid = pg_catalog.to_regclass(trigger_audit_periods.audited)
        GROUP BY past.name
    ) AS period
    HAVING pg_catalog.max(period.after_id) > 0
);

REVOKE ALL ON FUNCTION :"schema".trigger_audit_periods(text) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_periods(text)
IS 'Between which ids each name of a table was its own.';
