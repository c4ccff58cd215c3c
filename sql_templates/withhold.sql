-- Takes from everybody but its owner what ALTER DEFAULT PRIVILEGES gave on one of our objects, a
-- TABLE (or a sequence) or a FUNCTION. Who is to read what is recorded is told so by name.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_withhold(kind text, object oid)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    name CONSTANT text := CASE kind
        WHEN 'FUNCTION' THEN object::regprocedure::text ELSE object::regclass::text
    END;
    grantee text;
BEGIN
    FOR grantee IN
        SELECT DISTINCT coalesce(quote_ident(pg_roles.rolname), 'PUBLIC')
        FROM (
            SELECT relowner AS owner, relacl AS rights
            FROM pg_class
            WHERE oid = object AND kind = 'TABLE'
            UNION ALL
            SELECT proowner, proacl
            FROM pg_proc
            WHERE oid = object AND kind = 'FUNCTION'
        ) AS owned
        CROSS JOIN aclexplode(owned.rights) AS granted
        LEFT JOIN pg_roles ON pg_roles.oid = granted.grantee
        WHERE granted.grantee <> owned.owner
    LOOP
        EXECUTE format('REVOKE ALL ON %s %s FROM %s', kind, name, grantee);
    END LOOP;
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_withhold(text, oid) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_withhold(text, oid)
IS 'Takes from everybody but the owner what default privileges gave.';
