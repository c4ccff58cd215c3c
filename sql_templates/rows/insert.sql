-- Writes rows that are given as images, with their keys whatever the sequences say.
-- Variables: table, columns, values, types.
-- Parameter: an array of images, as JSON.
INSERT INTO :table
(:columns)
OVERRIDING SYSTEM VALUE
SELECT
    :values
FROM jsonb_to_recordset(%s::jsonb) AS row_value (:types)
