-- The changes that tasks have handled: one that comes again is known by it.
-- Variables: schema.
CREATE TABLE :"schema".trigger_audit_feed_receipt (
    subscription text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    task text COLLATE "C" NOT NULL,
    keep_until timestamptz NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (subscription, key, task)
);

-- Those whose time is over are found by it.
CREATE INDEX trigger_audit_feed_receipt_keep_until
ON :"schema".trigger_audit_feed_receipt (keep_until);

REVOKE ALL ON :"schema".trigger_audit_feed_receipt FROM PUBLIC;

COMMENT ON TABLE :"schema".trigger_audit_feed_receipt
IS 'The changes that tasks have handled: one that comes again is known by it.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_receipt.subscription
IS 'The subscription''s name.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_receipt.key
IS 'The change''s key of idempotency.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_receipt.task
IS 'The function that handled it.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_receipt.keep_until
IS 'When later receipts may take this one away.';
COMMENT ON COLUMN :"schema".trigger_audit_feed_receipt.at
IS 'When it was handled.';
COMMENT ON INDEX :"schema".trigger_audit_feed_receipt_keep_until
IS 'Finds those whose time is over.';
