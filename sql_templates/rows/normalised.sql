-- Images as they would read if the table as it is now held their values.
-- Variables: schema (of the audit table), shown (the columns, as events show them), types.
-- Parameter: an array of images, as JSON.
SELECT :"schema".trigger_audit_image(shown)::text
FROM (
    SELECT
        given.place AS "!place",
        :shown
    FROM jsonb_array_elements(%s::jsonb) WITH ORDINALITY AS given (image, place)
    CROSS JOIN jsonb_to_record(given.image) AS row_value (:types)
) AS shown
ORDER BY shown."!place"
