-- What two images of a row, such as an event's old and new, do not have in common.
-- An INSERT has no old image and a DELETE no new one: there every column that is not null differs.
-- An image that leaves a column out says as much of it as one where it is null.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_diff(old jsonb, new jsonb)
RETURNS TABLE (column_name text, old_value jsonb, new_value jsonb)
LANGUAGE sql
IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $body$
    SELECT
        coalesce(before.key, after.key),
        nullif(before.value, 'null'),
        nullif(after.value, 'null')
    FROM jsonb_each(CASE jsonb_typeof(old) WHEN 'object' THEN old END) AS before
    FULL JOIN jsonb_each(CASE jsonb_typeof(new) WHEN 'object' THEN new END) AS after
        ON after.key = before.key
    -- As text: 1.0 equals 1.00, but is not the same.
    WHERE nullif(before.value::text, 'null') IS DISTINCT FROM nullif(after.value::text, 'null')
    ORDER BY 1
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_diff(jsonb, jsonb) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_diff(jsonb, jsonb)
IS 'The columns where two images of a row differ, with both values.';
