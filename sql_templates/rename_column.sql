-- Called after ALTER TABLE ... RENAME COLUMN of an audited table: its capture function goes on with
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
    capture CONSTANT regprocedure := :"schema".trigger_audit_capture_of(audited);
    old_body CONSTANT text := (SELECT prosrc FROM pg_proc WHERE oid = capture);
    new_body CONSTANT text
    := :"schema".trigger_audit_rewrite_column(old_body, old_column, new_column);
    reversed_body CONSTANT text
    := :"schema".trigger_audit_rewrite_column(old_body, new_column, old_column);
BEGIN
    IF capture IS NULL OR (new_body = old_body AND reversed_body = old_body) THEN
        RETURN;
    END IF;
    -- Where a migration is reversed, the function has the new name before the column has it.
    IF new_body <> old_body THEN
        PERFORM :"schema".trigger_audit_replace_body(capture, new_body);
    END IF;
    PERFORM :"schema".trigger_audit_record_rename(
        audited,
        jsonb_build_object('column_name', old_column),
        jsonb_build_object('column_name', new_column)
    );
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_rename_column(regclass, text, text) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_rename_column(regclass, text, text)
IS 'Has the capture function follow a renamed column, and records both names.';
