-- The partitions of the audit table, as trigger_audit_feed_partitions knows them, and when.
-- Variables: schema (of the audit table).
SELECT
    :"schema".trigger_audit_feed_partitions()::text,
    clock_timestamp()::text
