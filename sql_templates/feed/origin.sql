-- The epoch, the last event that came with a dump, and whether the positions came with one too.
-- Variables: schema (of the audit table).
SELECT
    origin.epoch,
    origin.restored_to,
    origin.xmin::text <> origin.written_by AS is_foreign
FROM :"schema".trigger_audit_feed_origin AS origin
