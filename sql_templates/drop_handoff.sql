-- Drops what hand-offs to task queues need.
-- Variables: schema.
DROP TABLE IF EXISTS :"schema".trigger_audit_feed_receipt;
