-- What the capture function of a table records: the primary key as events have it, an expression
-- of the row NEW, its columns, and the columns of the images; no line if the table is not audited.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_captured(audited regclass)
RETURNS TABLE (key_expression text, key_columns text[], column_names text[])
LANGUAGE sql
STABLE
ROWS 1
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $body$
    SELECT
        object_id.expression,
        ARRAY(
            SELECT replace(part[1], '""', '"')
            FROM regexp_matches(object_id.expression, '\mNEW\."((?:[^"]|"")+)"', 'g') AS part
        ),
        ARRAY(
            SELECT attname::text
            FROM pg_attribute
            CROSS JOIN LATERAL (
                SELECT ' AS "' || replace(attname, '"', '""') || '"' AS text
            ) AS alias
            WHERE
                attrelid = audited
                AND attnum > 0
                AND NOT attisdropped
                -- A key of an image is a literal at the start of its line, or an alias at the end.
                AND (
                    strpos(capture.lines, chr(10) || quote_literal(attname) || ', ') > 0
                    OR strpos(capture.body, alias.text || ',' || chr(10)) > 0
                    OR strpos(capture.body, alias.text || chr(10)) > 0
                )
            ORDER BY attname
        )
    FROM (
        SELECT
            pg_proc.prosrc AS body,
            regexp_replace(pg_proc.prosrc, '\n +', chr(10), 'g') AS lines
        FROM pg_trigger
        INNER JOIN pg_proc ON pg_proc.oid = pg_trigger.tgfoid
        WHERE
            pg_trigger.tgrelid = audited
            AND starts_with(pg_trigger.tgname::text, '!trigger_audit_')
            AND NOT pg_trigger.tgisinternal
        LIMIT 1
    ) AS capture
    CROSS JOIN LATERAL (
        SELECT substring(
            capture.body,
            '(?w)^ *('
            || '(?:"(?:[^"]|"")+"\.trigger_audit_object_id\()?'
            || '(?:NEW\."(?:[^"]|"")+"|jsonb_build_array\((?:NEW\."(?:[^"]|"")+"(?:, )?)+\))::text'
            || '\)?),$'
        ) AS expression
    ) AS object_id
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_captured(regclass) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_captured(regclass)
IS 'What the capture function of a table records: the key and the columns.';
