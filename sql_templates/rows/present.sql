-- The rows that have given keys, as events show them.
-- Variables: schema (of the audit table), table, shown (the columns, as events show them), live_key,
-- key, key_types, lock.
-- Parameter: an array of keys, as JSON.
SELECT :"schema".trigger_audit_image(shown)::text
FROM (
    SELECT
        :shown
    FROM :table AS live
    WHERE ROW(:live_key) IN (
        SELECT :key FROM jsonb_to_recordset(%s::jsonb) AS row_key (:key_types)
    )
    -- All that lock the same rows do so in the same order.
    ORDER BY :live_key
    :lock
) AS shown
