-- Forgets what tasks have handled.
-- Variables: schema (of the audit table).
DELETE FROM :"schema".trigger_audit_feed_receipt
