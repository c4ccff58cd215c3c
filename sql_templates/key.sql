-- A primary key as events of a table name it, for one that is given as text, or as a JSON array of
-- its columns. What the columns cannot hold is an error.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_key(
    relation regclass, key_expression text, key_columns text[], given text
)
RETURNS text
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    columns CONSTANT text := (
        SELECT string_agg(
            format(
                '(%s)::%s AS %I',
                CASE
                    WHEN cardinality(key_columns) = 1 THEN '$1'
                    ELSE format('$1::jsonb ->> %s', place - 1)
                END,
                -- A cast to varchar(3) would make another key of one that is longer.
                CASE
                    WHEN atttypid = 'varchar'::regtype THEN 'text'
                    ELSE format_type(atttypid, atttypmod)
                END,
                name
            ),
            ', '
        )
        FROM unnest(key_columns) WITH ORDINALITY AS part (name, place)
        INNER JOIN pg_attribute ON attrelid = relation AND attname = name
    );
    key text;
BEGIN
    EXECUTE format(
        'SELECT %s FROM (SELECT %s) AS given',
        regexp_replace(key_expression, '\mNEW\."', 'given."', 'g'),
        columns
    ) INTO key USING given;
    RETURN key;
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_key(regclass, text, text[], text) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_key(regclass, text, text[], text)
IS 'A primary key as events of a table name it, for one that is given as text.';
