-- The capture functions in some schemas, their options, and who but their owner may execute them.
-- Parameter: an array of schemas.
SELECT
    pg_namespace.nspname::text,
    pg_proc.proname::text,
    pg_proc.prosrc,
    pg_proc.prosecdef,
    coalesce(pg_proc.proconfig, '{}')::text[] AS settings,
    ARRAY(
        SELECT coalesce(pg_roles.rolname::text, 'PUBLIC')
        FROM aclexplode(coalesce(pg_proc.proacl, acldefault('f', pg_proc.proowner))) AS granted
        LEFT JOIN pg_roles ON pg_roles.oid = granted.grantee
        WHERE granted.grantee <> pg_proc.proowner
        ORDER BY pg_roles.rolname
    ) AS grantees
FROM pg_proc
INNER JOIN pg_namespace ON pg_namespace.oid = pg_proc.pronamespace
WHERE
    pg_proc.prorettype = 'trigger'::regtype
    AND pg_proc.pronargs = 0
    AND pg_proc.proname LIKE 'trigger\_audit\_capture\_%%'
    AND pg_namespace.nspname = any(%s::text[])
ORDER BY pg_namespace.nspname, pg_proc.proname
