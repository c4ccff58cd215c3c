-- The body of a capture function, with another name for one column. There a column is always
-- OLD."column" or NEW."column", and a key of an image stands at the start of its line, 'key', or at
-- its end, AS "key".
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_rewrite_column(
    body text, old_column text, new_column text
)
RETURNS text
LANGUAGE sql
IMMUTABLE
SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on
AS $body$
    SELECT regexp_replace(
        regexp_replace(
            -- Not a column whose name goes on with a quote, doubled there.
            regexp_replace(
                body,
                '\m(OLD|NEW)\.' || escaped.old_identifier || '(?!")',
                '\1.' || escaped.new_identifier,
                'g'
            ),
            '^( *)' || escaped.old_key || ', ',
            '\1' || escaped.new_key || ', ',
            'gn'
        ),
        ' AS ' || escaped.old_identifier || '(?=,?$)',
        ' AS ' || escaped.new_identifier,
        'gn'
    )
    FROM (
        SELECT
            regexp_replace(quoted.old_identifier, quoted.special, '\\\&', 'g') AS old_identifier,
            regexp_replace(quoted.old_key, quoted.special, '\\\&', 'g') AS old_key,
            replace(quoted.new_identifier, '\', '\\') AS new_identifier,
            replace(quoted.new_key, '\', '\\') AS new_key
        FROM (
            SELECT
                '[][(){}.*+?^$|\\]' AS special,
                '"' || replace(old_column, '"', '""') || '"' AS old_identifier,
                '"' || replace(new_column, '"', '""') || '"' AS new_identifier,
                quote_literal(old_column) AS old_key,
                quote_literal(new_column) AS new_key
        ) AS quoted
    ) AS escaped
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_rewrite_column(text, text, text) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_rewrite_column(text, text, text)
IS 'The body of a capture function, with another name for one column.';
