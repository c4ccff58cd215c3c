-- A table as it was at a moment: SELECT * FROM trigger_audit_as_of(NULL::book, '2026-11-01').
-- It goes back from the table of now. A row that did not change since is taken as it stands; of any
-- other the first events after the moment, by id, tell what it was. TRUNCATE keeps no rows: before
-- one, rows are put together from the events up to the moment.
-- All is read in one snapshot, with the rights of the caller.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_as_of(
    audited anyelement, moment timestamptz, key text DEFAULT NULL
)
RETURNS SETOF anyelement
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
-- How many rows changed is not known when the query is planned.
SET jit = off
SET enable_nestloop = off
-- As the capture functions write keys and values.
SET "TimeZone" = 'UTC'
SET "DateStyle" = 'ISO, YMD'
SET "IntervalStyle" = 'postgres'
SET bytea_output = 'hex'
SET extra_float_digits = 1
SET lc_monetary = 'C'
AS $body$
DECLARE
    relation CONSTANT regclass
    := :"schema".trigger_audit_table_of(pg_typeof(audited), moment);
    captured record;
    place record;
    emptied record;
    history record;
    wanted text;
    given text[];
    is_safe boolean;
BEGIN
    SELECT * INTO captured FROM :"schema".trigger_audit_captured(relation);
    SELECT pg_namespace.nspname::text AS namespace, pg_class.relname::text AS name INTO place
    FROM pg_class
    INNER JOIN pg_namespace ON pg_namespace.oid = pg_class.relnamespace
    WHERE pg_class.oid = relation;
    SELECT * INTO emptied
    FROM :"schema".trigger_audit_truncations(place.namespace, place.name, moment);
    IF key IS NOT NULL THEN
        wanted := :"schema".trigger_audit_key(
            relation, captured.key_expression, captured.key_columns, key
        );
    END IF;
    SELECT * INTO history
    FROM :"schema".trigger_audit_row_history(
        place.namespace, place.name, captured.key_columns, captured.column_names, moment,
        CASE WHEN emptied.next_id IS NULL THEN wanted END
    );
    -- A long key is in the events cut, in the table whole.
    given := array_replace(history.keys, wanted, key);
    FOREACH is_safe IN ARRAY ARRAY[FALSE, TRUE] LOOP
        BEGIN
            RETURN QUERY EXECUTE :"schema".trigger_audit_as_of_query(
                relation,
                captured.key_expression,
                captured.key_columns,
                captured.column_names,
                emptied.next_id IS NOT NULL,
                history.keys IS NOT NULL,
                is_safe
            ) USING
                place.namespace,
                place.name,
                captured.key_columns,
                captured.column_names,
                moment,
                emptied.last_id,
                emptied.next_id,
                history.keys,
                history.below_id,
                wanted,
                given;
            RETURN;
        EXCEPTION
            -- A value does not convert to the type that its column has now. No row was returned.
            WHEN OTHERS THEN
                IF is_safe THEN
                    RAISE;
                END IF;
        END;
    END LOOP;
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_as_of(anyelement, timestamptz, text) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_as_of(anyelement, timestamptz, text)
IS 'A table as it was at a moment, or one row of it: give a null of the table''s type.';
