-- The query of trigger_audit_as_of for a table. Its parameters: schema, name, key columns, column
-- names, the moment, the ids of the truncations around it, the keys and the id to look below, the
-- one key wanted, as an event has it and as it was given.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_as_of_query(
    relation regclass,
    key_expression text,
    key_columns text[],
    column_names text[],
    is_emptied boolean,
    is_one boolean,
    is_safe boolean
)
RETURNS text
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
AS $body$
    WITH columns AS (
        SELECT
            attnum AS place,
            quote_ident(attname) AS name,
            quote_literal(attname) AS key,
            format_type(atttypid, atttypmod) AS type,
            attgenerated = 'v' AS is_virtual,
            attname = any(column_names || key_columns) AS is_known,
            attname = any(column_names)
            AND (
                atttypid::regtype::text ~ '^(json|money)(\[\])?$|(^|\.)hstore$'
            ) AS is_special,
            array_position(key_columns, attname::text) AS key_place
        FROM pg_attribute
        WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped
    ),
    lists AS (
        SELECT
            string_agg(
                CASE
                    WHEN is_known OR is_virtual THEN 'present.' || name
                    ELSE format('NULL::%s', type)
                END,
                ', ' ORDER BY place
            ) AS of_present,
            string_agg(
                CASE
                    WHEN is_special THEN format(
                        'CASE WHEN past.state ? %1$s'
                        ' THEN %4$I.trigger_audit_value(NULL::%2$s, past.state -> %1$s)'
                        ' ELSE (past.present).%3$s END',
                        key, type, name, :'schema'
                    )
                    WHEN is_known THEN '(past.row).' || name
                    ELSE format('NULL::%s', type)
                END,
                ', ' ORDER BY place
            ) AS of_past,
            coalesce(array_agg(key) FILTER (WHERE is_special), '{}') AS special,
            string_agg(
                format(
                    'present.%s = any (ARRAY(SELECT (%s)::%s FROM unnest($11) AS given (key)))',
                    name,
                    CASE
                        WHEN cardinality(key_columns) = 1 THEN 'given.key'
                        ELSE format('given.key::jsonb ->> %s', key_place - 1)
                    END,
                    type
                ),
                ' AND ' ORDER BY place
            ) FILTER (WHERE key_place IS NOT NULL) AS one
        FROM columns
    )
    SELECT format(
        CASE
            WHEN is_emptied
                THEN $query$
                    WITH next AS MATERIALIZED (
                        SELECT * FROM %1$I.trigger_audit_states(
                            $1, $2, $3, $4, $5, NULL, NULL, $7, NULL
                        )
                    ),
                    last AS MATERIALIZED (
                        SELECT * FROM %1$I.trigger_audit_states(
                            $1, $2, $3, $4, NULL, $5, $6, $7, NULL
                        )
                    )
                    SELECT %4$s
                    FROM (
                        SELECT
                            key,
                            state,
                            NULL::%2$s AS present,
                            %8$s(NULL::%2$s, state %7$s) AS row
                        FROM (
                            SELECT
                                coalesce(next.key, last.key) AS key,
                                coalesce(last.state, '{}') || coalesce(next.state, '{}') AS state
                            FROM last FULL JOIN next ON next.key = last.key
                            WHERE
                                ($10 IS NULL OR coalesce(next.key, last.key) = $10)
                                AND CASE
                                    WHEN next.key IS NULL THEN last.state ELSE next.state
                                END IS NOT NULL
                        ) AS merged
                        OFFSET 0
                    ) AS past
                    ORDER BY past.key
                $query$
            ELSE $query$
                WITH states AS MATERIALIZED (
                    SELECT * FROM %1$I.trigger_audit_states(
                        $1, $2, $3, $4, $5, NULL, NULL, $9, $8
                    )
                )
                -- Sorted, so that all values are converted before a row is returned.
                SELECT *
                FROM (
                    SELECT %4$s
                    FROM (
                        SELECT
                            states.key,
                            states.state,
                            present,
                            %8$s(present, states.state %7$s) AS row
                        FROM states
                        LEFT JOIN %2$s AS present ON %5$s = states.live_key AND %6$s
                        WHERE states.state IS NOT NULL AND ($10 IS NULL OR states.key = $10)
                        OFFSET 0
                    ) AS past
                    ORDER BY past.key
                ) AS changed
                UNION ALL
                SELECT %3$s
                FROM %2$s AS present
                WHERE
                    NOT EXISTS (SELECT FROM states WHERE states.key = %5$s)
                    AND ($10 IS NULL OR %5$s = $10)
                    AND %6$s
            $query$
        END,
        :'schema',
        relation,
        lists.of_present,
        lists.of_past,
        regexp_replace(key_expression, '\mNEW\."', 'present."', 'g'),
        CASE WHEN is_one THEN lists.one ELSE 'TRUE' END,
        CASE
            WHEN lists.special <> '{}'
                THEN format('- ARRAY[%s]', array_to_string(lists.special, ', '))
            ELSE ''
        END,
        CASE
            WHEN is_safe THEN format('%I.trigger_audit_record', :'schema')
            ELSE 'pg_catalog.jsonb_populate_record'
        END
    )
    FROM lists
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_as_of_query(
    regclass, text, text[], text[], boolean, boolean, boolean
) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_as_of_query(
    regclass, text, text[], text[], boolean, boolean, boolean
)
IS 'The query of trigger_audit_as_of for a table.';
