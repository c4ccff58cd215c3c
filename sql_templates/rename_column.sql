-- Called after ALTER TABLE … RENAME COLUMN of an audited table: its capture function goes on with
-- the new name, and a RENAME event keeps both names if the column is an audited one.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_rename_column(
    audited regclass, old_column text, new_column text
)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    capture regprocedure := :"schema".trigger_audit_capture_of(audited);
    definition text := pg_get_functiondef(capture);
    old_identifier text := '"' || replace(old_column, '"', '""') || '"';
    new_identifier text := '"' || replace(new_column, '"', '""') || '"';
BEGIN
    -- Reversing a migration restores the function before the column gets its old name back.
    IF capture IS NULL OR NOT (
        strpos(definition, 'OLD.' || old_identifier) > 0
        OR strpos(definition, 'OLD.' || new_identifier) > 0
    ) THEN
        RETURN;
    END IF;
    definition := replace(definition, 'OLD.' || old_identifier, 'OLD.' || new_identifier);
    definition := replace(definition, 'NEW.' || old_identifier, 'NEW.' || new_identifier);
    -- A key stands at the start of its line, followed by its value.
    definition := regexp_replace(
        definition,
        '^( *)' || regexp_replace(quote_literal(old_column), '([^[:alnum:]])', '\\\1', 'g') || ', ',
        '\1' || replace(quote_literal(new_column), '\', '\\') || ', ',
        'gn'
    );
    EXECUTE definition;
    INSERT INTO :"schema".trigger_audit_event
        (at, txid, op, table_schema, table_name, old, new, context, db_user)
    SELECT
        clock_timestamp(),
        pg_current_xact_id(),
        'RENAME',
        pg_namespace.nspname,
        pg_class.relname,
        jsonb_build_object('column_name', old_column),
        jsonb_build_object('column_name', new_column),
        :"schema".trigger_audit_context(),
        session_user
    FROM pg_class
    JOIN pg_namespace ON pg_namespace.oid = pg_class.relnamespace
    WHERE pg_class.oid = audited;
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_rename_column(regclass, text, text) FROM PUBLIC;
