-- Events that a subscription could not take, and the later ones of the same rows, which wait.
-- Variables: schema.
CREATE TABLE :"schema".trigger_audit_feed_parked (
    subscription text COLLATE "C" NOT NULL,
    event_id bigint NOT NULL,
    event_at timestamptz NOT NULL,
    shard integer NOT NULL,
    model text NOT NULL,
    object_id text COLLATE "C",
    new_object_id text COLLATE "C",
    blocks boolean NOT NULL DEFAULT TRUE,
    attempts integer NOT NULL DEFAULT 0,
    error text,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (subscription, event_id)
);

-- Whether a row's events have to wait is asked for each page.
CREATE INDEX trigger_audit_feed_parked_object
ON :"schema".trigger_audit_feed_parked (subscription, object_id);

CREATE INDEX trigger_audit_feed_parked_new_object
ON :"schema".trigger_audit_feed_parked (subscription, new_object_id);

REVOKE ALL ON :"schema".trigger_audit_feed_parked FROM PUBLIC;

COMMENT ON TABLE :"schema".trigger_audit_feed_parked
IS 'Events that a subscription could not take, and the later ones of the same rows, which wait.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_parked.subscription
IS 'The subscription''s name.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_parked.event_id
IS 'The id of the event in trigger_audit_event.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_parked.event_at
IS 'The moment of the event, by which its partition is found.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_parked.shard
IS 'The lane that it waits beside.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_parked.model
IS 'The model of the row, whatever its table was named.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_parked.object_id
IS 'The row''s primary key; null for the whole table, which a TRUNCATE emptied.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_parked.new_object_id
IS 'The primary key that an UPDATE gave it; the same as object_id for other events.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_parked.blocks
IS 'Whether later events of the row wait for it.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_parked.attempts
IS 'How often it was tried; 0 for an event that waits for an earlier one.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_parked.error
IS 'Why it failed at last; null for an event that waits for an earlier one.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_parked.at
IS 'When it was parked.';
COMMENT ON INDEX :"schema".trigger_audit_feed_parked_object
IS 'Finds what a row''s events wait for.';
COMMENT ON INDEX :"schema".trigger_audit_feed_parked_new_object
IS 'The same, by the keys that rows got.';
