-- Leaves a mark.
-- Variables: schema (of the audit table). Parameter: the floor, which was read before this
-- transaction had an id of its own.
INSERT INTO :"schema".trigger_audit_feed_mark (floor) VALUES (%s)
ON CONFLICT DO NOTHING
