-- Which of given keys come no later than that of a row, by their places.
-- Variables: given (the parts of each key), after (those of the row).
-- Parameters: the keys as a JSON array of arrays; the key of the row as JSON, for each part.
SELECT key.place - 1
FROM jsonb_array_elements(%s::jsonb) WITH ORDINALITY AS key (parts, place)
WHERE ROW(:given) <= ROW(:after)
