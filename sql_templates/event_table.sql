-- The audit table: one event for each row that changed, who, what and when in one row.
-- Variables: schema.
CREATE TABLE :"schema".trigger_audit_event (
    id bigserial NOT NULL,
    at timestamptz NOT NULL,
    txid xid8 NOT NULL,
    -- No CHECK: our functions alone write here, and each event would pay for it.
    op text NOT NULL,
    table_schema text NOT NULL,
    table_name text NOT NULL,
    -- Keys are compared byte by byte, whatever the database's collation.
    object_id text COLLATE "C",
    old jsonb,
    new jsonb,
    context jsonb,
    db_user text NOT NULL,
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);

-- No number is set aside for a session, so that ids rise in the order of writing.
ALTER SEQUENCE :"schema".trigger_audit_event_id_seq CACHE 1;

-- No write may ever fail for want of a partition.
CREATE TABLE :"schema".trigger_audit_event_default
PARTITION OF :"schema".trigger_audit_event DEFAULT
WITH (autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 10000);

-- One row's history, in order; one table's events.
CREATE INDEX trigger_audit_event_object
ON :"schema".trigger_audit_event (table_name, object_id, id);

-- What one transaction did.
CREATE INDEX trigger_audit_event_txid ON :"schema".trigger_audit_event (txid);

-- What one user did of late. A statement's events share their moment, so that the index keeps one
-- key for all of them; those that tell of no user are not in it.
CREATE INDEX trigger_audit_event_user
ON :"schema".trigger_audit_event ((context ->> 'user'), at)
WHERE (context ->> 'user') IS NOT NULL;

-- What happened of late. Events lie on disk in the order of their moments, so that a summary of
-- each 32 pages is enough and costs a write next to nothing. VACUUM summarizes the newest ones,
-- hence the threshold of the partitions; until then they are read one by one.
CREATE INDEX trigger_audit_event_at
ON :"schema".trigger_audit_event USING brin (at) WITH (pages_per_range = 32);

REVOKE ALL ON :"schema".trigger_audit_event, :"schema".trigger_audit_event_default FROM PUBLIC;
REVOKE ALL ON SEQUENCE :"schema".trigger_audit_event_id_seq FROM PUBLIC;

COMMENT ON TABLE :"schema".trigger_audit_event
IS 'Who changed what, when: one event for each row that changed. Append-only, guarded.';
COMMENT ON COLUMN :"schema".trigger_audit_event.id
IS 'Rises in the order in which the events were written.';
COMMENT ON COLUMN :"schema".trigger_audit_event.at
IS 'When the statement changed the row: the clock''s time, not that of the transaction''s start.';
COMMENT ON COLUMN :"schema".trigger_audit_event.txid
IS 'The transaction; the same for all that it changed.';
COMMENT ON COLUMN :"schema".trigger_audit_event.op
IS 'INSERT, UPDATE, DELETE, TRUNCATE, SNAPSHOT or RENAME; not checked: we alone write it.';
COMMENT ON COLUMN :"schema".trigger_audit_event.table_schema
IS 'The schema of the table that changed.';
COMMENT ON COLUMN :"schema".trigger_audit_event.table_name
IS 'The table that changed, as it was named then.';
COMMENT ON COLUMN :"schema".trigger_audit_event.object_id
IS 'The row''s primary key before the change, as text; a composite one as a JSON array.';
COMMENT ON COLUMN :"schema".trigger_audit_event.old
IS 'The row before the change, by column name; null for an INSERT.';
COMMENT ON COLUMN :"schema".trigger_audit_event.new
IS 'The row after the change, by column name; null for a DELETE.';
COMMENT ON COLUMN :"schema".trigger_audit_event.context
IS 'Who and why, as the application told; null if it told nothing.';
COMMENT ON COLUMN :"schema".trigger_audit_event.db_user
IS 'The role that had logged in to the database.';
COMMENT ON TABLE :"schema".trigger_audit_event_default
IS 'Takes the events of months that no partition was made for.';
COMMENT ON SEQUENCE :"schema".trigger_audit_event_id_seq
IS 'Numbers the events.';
COMMENT ON INDEX :"schema".trigger_audit_event_object
IS 'Finds one row''s history.';
COMMENT ON INDEX :"schema".trigger_audit_event_txid
IS 'Finds what one transaction did.';
COMMENT ON INDEX :"schema".trigger_audit_event_user
IS 'Finds what one user did since a moment.';
COMMENT ON INDEX :"schema".trigger_audit_event_at
IS 'Finds what happened since a moment.';
