-- A row as it was at a moment, as events show it.
-- Variables: schema (of the audit table), table, shown (the columns, as events show them).
-- Parameters: the moment and the key, as events have it.
SELECT :"schema".trigger_audit_image(shown)::text
FROM (
    SELECT
        :shown
    FROM :"schema".trigger_audit_as_of(CAST(NULL AS :table), %s, %s) AS live
) AS shown
