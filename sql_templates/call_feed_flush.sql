-- Forgets how far the subscriptions of the feed came.
-- Variables: schema (of the audit table).
SELECT :"schema".trigger_audit_feed_flush()
