-- Where the feed's positions come from. Numbers of transactions mean nothing in a database that a
-- dump was restored into: the row there was written anew, by another transaction than it says.
-- Variables: schema.
CREATE TABLE :"schema".trigger_audit_feed_origin (
    epoch integer PRIMARY KEY,
    system_identifier bigint NOT NULL,
    written_by text NOT NULL,
    restored_to bigint NOT NULL
);

REVOKE ALL ON :"schema".trigger_audit_feed_origin FROM PUBLIC;

COMMENT ON TABLE :"schema".trigger_audit_feed_origin
IS 'Tells whether the positions of the feed were written in this database, or came with a dump.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_origin.epoch
IS 'How often the feed began anew after a restore, from 1; part of the keys of idempotency.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_origin.system_identifier
IS 'The cluster, by its own name for itself.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_origin.written_by
IS 'The row''s own xmin. After a restore from a dump that differs from what the row really has.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_origin.restored_to
IS 'The last event that came with a dump; 0 if none did.';
