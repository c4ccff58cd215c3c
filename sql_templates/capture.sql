-- The function that writes the events of one audited table, and its triggers.
-- Variables: schema (of the audit table), function and table (qualified, quoted); the others
-- are lists of columns, one a line.
-- In this text a column is always OLD."column" or NEW."column", and a key of an image stands at the
-- start of its line, 'key', or at its end, AS "key": trigger_audit_rename_column relies on that.
-- Lines marked "statement level" are left out of a row trigger, which partitioned tables need.
CREATE OR REPLACE FUNCTION :function()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- A cached plan with JIT or a nested loop costs seconds where the row counts change.
SET jit = off
SET enable_nestloop = off
-- What is stored must not depend on who writes.
SET "TimeZone" = 'UTC'
SET "DateStyle" = 'ISO, YMD'
SET "IntervalStyle" = 'postgres'
SET bytea_output = 'hex'
SET extra_float_digits = 1
AS $body$
#variable_conflict use_column
<<trigger_audit>>
DECLARE
    at CONSTANT timestamptz := clock_timestamp();
    context CONSTANT jsonb := :"schema".trigger_audit_context();
    table_schema text := TG_TABLE_SCHEMA;
    table_name text := TG_TABLE_NAME;
BEGIN
    -- row level: SELECT pg_namespace.nspname, pg_class.relname
    -- row level: INTO table_schema, table_name
    -- row level: FROM pg_class
    -- row level: JOIN pg_namespace ON pg_namespace.oid = pg_class.relnamespace
    -- row level: WHERE pg_class.oid = coalesce(pg_partition_root(TG_RELID), TG_RELID);
    IF TG_OP = 'INSERT' THEN
        INSERT INTO :"schema".trigger_audit_event
            (at, txid, op, table_schema, table_name, object_id, old, new, context, db_user)
        SELECT
            trigger_audit.at,
            pg_current_xact_id(),
            'INSERT',
            trigger_audit.table_schema,
            trigger_audit.table_name,
            :new_object_id,
            NULL,
            to_jsonb(new_image.*),
            trigger_audit.context,
            session_user
        FROM new_rows AS new  -- statement level
        CROSS JOIN LATERAL (  -- statement level
        -- row level: FROM (
            SELECT
                :new_columns
        ) AS new_image
        WHERE :condition  -- condition
        ;
    ELSIF TG_OP = 'UPDATE' THEN
        INSERT INTO :"schema".trigger_audit_event
            (at, txid, op, table_schema, table_name, object_id, old, new, context, db_user)
        SELECT
            trigger_audit.at,
            pg_current_xact_id(),
            'UPDATE',
            trigger_audit.table_schema,
            trigger_audit.table_name,
            :old_object_id,
            :update_old_image,
            :update_new_image,
            trigger_audit.context,
            session_user
        FROM (SELECT row_number() OVER () AS "!position", * FROM old_rows) AS old  -- statement level
        JOIN (SELECT row_number() OVER () AS "!position", * FROM new_rows) AS new  -- statement level
            USING ("!position")  -- statement level
        :update_images
        WHERE :changed
            AND :condition  -- condition
        ORDER BY "!position"  -- statement level
        ;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO :"schema".trigger_audit_event
            (at, txid, op, table_schema, table_name, object_id, old, new, context, db_user)
        SELECT
            trigger_audit.at,
            pg_current_xact_id(),
            'DELETE',
            trigger_audit.table_schema,
            trigger_audit.table_name,
            :old_object_id,
            to_jsonb(old_image.*),
            NULL,
            trigger_audit.context,
            session_user
        FROM old_rows AS old  -- statement level
        CROSS JOIN LATERAL (  -- statement level
        -- row level: FROM (
            SELECT
                :old_columns
        ) AS old_image
        WHERE :condition  -- condition
        ;
    ELSE
        INSERT INTO :"schema".trigger_audit_event
            (at, txid, op, table_schema, table_name, context, db_user)
        VALUES (
            trigger_audit.at,
            pg_current_xact_id(),
            'TRUNCATE',
            trigger_audit.table_schema,
            trigger_audit.table_name,
            trigger_audit.context,
            session_user
        );
    END IF;
    RETURN NULL;
END
$body$;

REVOKE ALL ON FUNCTION :function() FROM PUBLIC;

COMMENT ON FUNCTION :function() IS 'Records the changes of its table in trigger_audit_event.';

CREATE TRIGGER "!trigger_audit_insert"
AFTER INSERT ON :table
REFERENCING NEW TABLE AS new_rows  -- statement level
FOR EACH STATEMENT  -- statement level
-- row level: FOR EACH ROW
EXECUTE FUNCTION :function();

CREATE TRIGGER "!trigger_audit_update"
AFTER UPDATE ON :table
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows  -- statement level
FOR EACH STATEMENT  -- statement level
-- row level: FOR EACH ROW
EXECUTE FUNCTION :function();

CREATE TRIGGER "!trigger_audit_delete"
AFTER DELETE ON :table
REFERENCING OLD TABLE AS old_rows  -- statement level
FOR EACH STATEMENT  -- statement level
-- row level: FOR EACH ROW
EXECUTE FUNCTION :function();

CREATE TRIGGER "!trigger_audit_truncate"
AFTER TRUNCATE ON :table
FOR EACH STATEMENT
EXECUTE FUNCTION :function();
