-- A row, with the columns of an image put in: null where a value does not convert to the type that
-- its column has now.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_record(base anyelement, image jsonb)
RETURNS anyelement
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    pair record;
BEGIN
    -- By a query, which is planned anew: a column may have been renamed in this transaction.
    RETURN (SELECT jsonb_populate_record(base, image));
EXCEPTION
    WHEN OTHERS THEN
        FOR pair IN SELECT * FROM jsonb_each(image) LOOP
            BEGIN
                base := (
                    SELECT jsonb_populate_record(base, jsonb_build_object(pair.key, pair.value))
                );
            EXCEPTION
                WHEN OTHERS THEN
                    base := (
                        SELECT jsonb_populate_record(base, jsonb_build_object(pair.key, NULL))
                    );
            END;
        END LOOP;
        RETURN base;
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_record(anyelement, jsonb) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_record(anyelement, jsonb)
IS 'A row, with the columns of an image put in, as far as they convert to their types.';
