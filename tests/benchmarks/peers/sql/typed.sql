-- The least that a trigger can do: typed columns, one row, copied as they are by a statement.
-- Variables: table, history, function; columns and rows, lists.
CREATE TABLE :"history" AS SELECT * FROM :"table" WITH NO DATA;

ALTER TABLE :"history"
ADD COLUMN event_id bigserial PRIMARY KEY,
ADD COLUMN event_at timestamptz NOT NULL,
ADD COLUMN event_op text NOT NULL;

CREATE INDEX ON :"history" (id);

CREATE FUNCTION :"function"()
RETURNS trigger
LANGUAGE plpgsql
AS $body$
BEGIN
    INSERT INTO :"history" (event_at, event_op, :columns)
    SELECT
        clock_timestamp(),
        TG_OP,
        :columns
    FROM changed_rows;
    RETURN NULL;
END
$body$;

CREATE TRIGGER typed_insert
AFTER INSERT ON :"table"
REFERENCING NEW TABLE AS changed_rows
FOR EACH STATEMENT EXECUTE FUNCTION :"function"();

CREATE TRIGGER typed_update
AFTER UPDATE ON :"table"
REFERENCING NEW TABLE AS changed_rows
FOR EACH STATEMENT EXECUTE FUNCTION :"function"();

CREATE TRIGGER typed_delete
AFTER DELETE ON :"table"
REFERENCING OLD TABLE AS changed_rows
FOR EACH STATEMENT EXECUTE FUNCTION :"function"();
