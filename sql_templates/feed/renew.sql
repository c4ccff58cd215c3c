-- Says that the feed's positions belong to this database.
-- Variables: schema (of the audit table).
SELECT :"schema".trigger_audit_feed_renew_origin()
