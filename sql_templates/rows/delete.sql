-- Deletes rows, each given by its key.
-- Variables: table, live_key, key, key_types.
-- Parameter: an array of keys, as JSON.
DELETE FROM :table AS live
USING jsonb_to_recordset(%s::jsonb) AS row_key (:key_types)
WHERE ROW(:live_key) = ROW(:key)
