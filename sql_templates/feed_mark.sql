-- Every transaction with a larger number than txid writes only events with ids above floor: where a
-- window has to begin to look. The floor is read before the transaction has its number.
-- Variables: schema.
CREATE TABLE :"schema".trigger_audit_feed_mark (
    txid xid8 PRIMARY KEY DEFAULT pg_catalog.pg_current_xact_id(),
    floor bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);

REVOKE ALL ON :"schema".trigger_audit_feed_mark FROM PUBLIC;

COMMENT ON TABLE :"schema".trigger_audit_feed_mark
IS 'Where a window of the feed has to begin to look.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_mark.txid
IS 'The transaction that left the mark.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_mark.floor
IS 'Transactions with larger numbers write only events with ids above it.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_mark.at
IS 'When that was.';
