-- Which of given values a row has, by their places; rows that have one of given keys do not count.
-- Variables: table, live_columns, columns, types, live_key, key, key_types.
-- Parameters: an array of values, and one of keys, as JSON.
SELECT given.place
FROM jsonb_array_elements(%s::jsonb) WITH ORDINALITY AS given (image, place)
CROSS JOIN jsonb_to_record(given.image) AS row_value (:types)
WHERE EXISTS (
    SELECT FROM :table AS live
    WHERE ROW(:live_columns) = ROW(:columns)
        AND ROW(:live_key) NOT IN (
            SELECT :key FROM jsonb_to_recordset(%s::jsonb) AS row_key (:key_types)
        )
)
