-- How tables and columns were named before, in order.
-- Variables: schema (of the audit table).
SELECT
    event.id,
    event.table_schema,
    event.table_name,
    event.old ->> 'table_name' AS old_table,
    event.old ->> 'column_name' AS old_column,
    event.new ->> 'column_name' AS new_column
FROM :"schema".trigger_audit_event AS event
WHERE event.op = 'RENAME'
ORDER BY event.id
