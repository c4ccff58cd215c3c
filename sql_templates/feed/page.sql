-- A page of events.
-- Variables: schema (of the audit table). Parameters: those of the function.
SELECT
    page.id,
    page.at,
    page.txid::text::bigint,
    page.op,
    page.table_schema,
    page.table_name,
    page.object_id,
    page.old::text,
    page.new::text,
    page.context::text,
    page.db_user,
    page.new_object_id,
    page.entry
FROM :"schema".trigger_audit_feed_page(
    %s::pg_snapshot,
    %s::pg_snapshot,
    %s::bigint,
    %s::bigint,
    %s::timestamptz,
    %s::jsonb,
    %s::integer,
    %s::integer,
    %s::integer
) AS page
