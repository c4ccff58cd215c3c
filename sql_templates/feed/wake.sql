-- What a worker looks at to know whether there may be something new: since it looked at last an id
-- was drawn, or a transaction has ended, which may have written events with lesser ids.
-- Variables: schema (of the audit table).
SELECT
    sequence.last_value - (NOT sequence.is_called)::integer AS newest,
    pg_current_snapshot()::text AS snapshot
FROM :"schema".trigger_audit_event_id_seq AS sequence
