-- How far each subscription came, by shard. Delivered is what snapshot lo sees; of what hi sees
-- besides, the open window, also what has an id up to pos.
-- Variables: schema.
CREATE TABLE :"schema".trigger_audit_feed_cursor (
    subscription text COLLATE "C" NOT NULL,
    shard integer NOT NULL,
    shards integer NOT NULL,
    epoch integer NOT NULL,
    lo pg_snapshot NOT NULL,
    hi pg_snapshot,
    ceiling bigint NOT NULL DEFAULT 0,
    pos bigint NOT NULL DEFAULT 0,
    base bigint NOT NULL DEFAULT 0,
    rebased boolean NOT NULL DEFAULT TRUE,
    since timestamptz,
    backfill jsonb,
    schemas jsonb NOT NULL DEFAULT '{}',
    partitions jsonb NOT NULL DEFAULT '{}',
    partitions_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    waits_for bigint,
    paused boolean NOT NULL DEFAULT FALSE,
    attempts integer NOT NULL DEFAULT 0,
    isolated_to bigint,
    retry_at timestamptz,
    error text,
    delivered bigint NOT NULL DEFAULT 0,
    moved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (subscription, shard),
    CONSTRAINT trigger_audit_feed_cursor_shard CHECK (shard >= 0 AND shard < shards)
) WITH (fillfactor = 50);

REVOKE ALL ON :"schema".trigger_audit_feed_cursor FROM PUBLIC;

COMMENT ON TABLE :"schema".trigger_audit_feed_cursor
IS 'How far each subscription came, by shard.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_cursor.subscription
IS 'The subscription''s name.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_cursor.shard
IS 'The lane, from 0: rows are shared out by their keys.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_cursor.shards
IS 'How many lanes there are.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_cursor.epoch
IS 'That of trigger_audit_feed_origin in which the position was written.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_cursor.lo
IS 'All that this snapshot sees was delivered.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_cursor.hi
IS 'What is being delivered: all that this snapshot sees. Null between two windows.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_cursor.ceiling
IS 'No event that hi sees, or that lo saw at last, has a greater id.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_cursor.pos
IS 'The last id that was delivered of the open window.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_cursor.base
IS 'Events up to this id were delivered, or came with a dump: their transactions'' numbers lie.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_cursor.rebased
IS 'False for the window that closes what came with a dump, which goes by ids alone.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_cursor.since
IS 'Earlier events are left out.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_cursor.backfill
IS 'How far the rows that were there before came; null if all are delivered, or none is to be.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_cursor.schemas
IS 'In which schema the table of each model is.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_cursor.partitions
IS 'Partitions, by oid, whose loss would be a loss of events, with their greatest ids.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_cursor.partitions_at
IS 'When that was looked up.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_cursor.waits_for
IS 'The event that other lanes have to arrive at too, since it concerns rows of theirs.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_cursor.paused
IS 'Whether somebody wants it to wait.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_cursor.attempts
IS 'How often the present page was begun; counted before it is.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_cursor.isolated_to
IS 'Up to this id events are delivered one by one, to find the one that fails.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_cursor.retry_at
IS 'Until when it waits after a failure.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_cursor.error
IS 'What failed at last.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_cursor.delivered
IS 'How many events were delivered, of all time.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_cursor.moved_at
IS 'When the position moved at last.';
COMMENT ON CONSTRAINT trigger_audit_feed_cursor_shard ON :"schema".trigger_audit_feed_cursor
IS 'Shards are numbered from 0.';
