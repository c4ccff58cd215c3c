-- Our triggers in some schemas, with what CREATE TRIGGER said of them. Those of partitions, which
-- PostgreSQL cloned, come with the table that they were cloned from.
-- Parameter: an array of schemas.
SELECT
    audited.oid::bigint AS audited,
    pg_namespace.nspname::text,
    pg_class.relname::text,
    pg_trigger.tgname::text,
    pg_trigger.tgenabled::text,
    pg_trigger.tgparentid <> 0 AS is_cloned,
    function_schema.nspname::text AS function_schema,
    pg_proc.proname::text,
    pg_trigger.tgtype::integer,
    pg_trigger.tgoldtable::text,
    pg_trigger.tgnewtable::text,
    pg_trigger.tgqual IS NOT NULL
    OR pg_trigger.tgnargs > 0
    OR pg_trigger.tgconstraint <> 0
    OR array_length(pg_trigger.tgattr, 1) > 0 AS is_restricted
FROM pg_trigger
INNER JOIN pg_class ON pg_class.oid = pg_trigger.tgrelid
INNER JOIN pg_class AS audited
    ON audited.oid = CASE
        WHEN pg_trigger.tgparentid = 0 THEN pg_class.oid
        ELSE pg_partition_root(pg_class.oid)
    END
INNER JOIN pg_namespace ON pg_namespace.oid = pg_class.relnamespace
INNER JOIN pg_namespace AS audited_schema ON audited_schema.oid = audited.relnamespace
INNER JOIN pg_proc ON pg_proc.oid = pg_trigger.tgfoid
INNER JOIN pg_namespace AS function_schema ON function_schema.oid = pg_proc.pronamespace
WHERE
    NOT pg_trigger.tgisinternal
    AND (
        pg_trigger.tgname LIKE '!trigger\_audit\_%%'
        OR pg_trigger.tgname LIKE '!trigger\_projection\_%%'
    )
    AND audited_schema.nspname = any(%s::text[])
ORDER BY pg_namespace.nspname, pg_class.relname, pg_trigger.tgname
