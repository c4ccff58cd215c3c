-- Sets columns of rows, each given by its key.
-- Variables: table, assignments, types, live_key, key, key_types.
-- Parameter: an array of objects with a key and an image, as JSON.
UPDATE :table AS live
SET
    :assignments
FROM
    jsonb_array_elements(%s::jsonb) AS given (change),
    jsonb_to_record(given.change -> 'key') AS row_key (:key_types),
    jsonb_to_record(given.change -> 'image') AS row_value (:types)
WHERE ROW(:live_key) = ROW(:key)
