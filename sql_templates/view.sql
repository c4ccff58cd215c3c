-- The events of a table, with a typed column for each old and each new value. What does not convert
-- to the type of the column is null there; the images have it.
-- It reads with the rights of whoever asks, and is of no use without those on the audit table.
-- Variables: schema (of the audit table), view (qualified, quoted), table_schema, table_name;
-- names and columns are lists, one a line; trigger_audit/views.py relies on the ends of the lines.
CREATE VIEW :view
WITH (security_invoker = on) AS
WITH
past AS (
    SELECT * FROM :"schema".trigger_audit_table_names(:'table_schema', :'table_name')
),

-- What events from before a rename call the columns.
renames AS MATERIALIZED (
    SELECT *
    FROM :"schema".trigger_audit_column_names(
        :'table_schema',
        :'table_name',
        ARRAY[
            :names
        ]
    )
)

SELECT
    event.id,
    event.at,
    event.txid,
    event.op,
    event.object_id,
    event.context ->> 'user' AS who,
    event.context,
    event.db_user,
    :columns
FROM past
INNER JOIN :"schema".trigger_audit_event AS event
    ON
        event.table_schema = :'table_schema'
        AND event.table_name = past.name
        AND event.id > past.after_id
        AND event.id < past.until_id
        AND event.op <> 'RENAME'
LEFT JOIN LATERAL (
    SELECT renames.names
    FROM renames
    WHERE renames.until_id > event.id
    ORDER BY renames.until_id
    LIMIT 1
) AS translation ON TRUE
CROSS JOIN LATERAL (
    SELECT
        CASE
            WHEN translation.names IS NULL THEN event.old
            ELSE :"schema".trigger_audit_translate(event.old, translation.names)
        END AS old,
        CASE
            WHEN translation.names IS NULL THEN event.new
            ELSE :"schema".trigger_audit_translate(event.new, translation.names)
        END AS new
) AS image;

COMMENT ON VIEW :view IS 'The events of a table, with its columns before and after each.';
