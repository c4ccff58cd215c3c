-- The audited table whose rows are of a type, for a moment that is no future one; else an error
-- that says what to do.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_table_of(row_type regtype, moment timestamptz)
RETURNS regclass
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    relation CONSTANT regclass := (
        SELECT pg_class.oid
        FROM pg_type
        INNER JOIN pg_class ON pg_class.oid = pg_type.typrelid
        WHERE pg_type.oid = row_type AND pg_class.relkind IN ('r', 'p')
    );
    root CONSTANT regclass := pg_partition_root(relation);
BEGIN
    IF relation IS NULL THEN
        RAISE 'trigger_audit: % is not the type of a table', row_type
        USING ERRCODE = 'wrong_object_type',
            HINT = 'Name the table by a null of its type, as in NULL::library_book.';
    ELSIF root <> relation THEN
        RAISE 'trigger_audit: % is a partition', relation
        USING ERRCODE = 'wrong_object_type',
            HINT = format('Its events are those of the partitioned table: use NULL::%s.', root);
    ELSIF NOT EXISTS (SELECT FROM :"schema".trigger_audit_captured(relation)) THEN
        RAISE 'trigger_audit: % is not audited', relation
        USING ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'Declare audit in the Meta of its model, then makemigrations and migrate.';
    ELSIF moment IS NULL THEN
        RAISE 'trigger_audit: the moment is null'
        USING ERRCODE = 'null_value_not_allowed',
            HINT = 'Give a timestamptz, such as ''2026-11-01 12:00+00''.';
    ELSIF moment > clock_timestamp() THEN
        RAISE 'trigger_audit: % is in the future', moment
        USING ERRCODE = 'invalid_parameter_value',
            HINT = 'The table as it is now is the table itself.';
    END IF;
    RETURN relation;
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_table_of(regtype, timestamptz) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_table_of(regtype, timestamptz)
IS 'The audited table whose rows are of a type, or an error that says what to do.';
