-- Gives what was granted on one view to the one that replaces it, and drops the former. What
-- default privileges gave to the new one is taken away.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_inherit_rights(former regclass, present regclass)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    granted record;
BEGIN
    PERFORM :"schema".trigger_audit_withhold('TABLE', present);
    FOR granted IN
        SELECT
            acl.privilege_type,
            coalesce(quote_ident(pg_roles.rolname), 'PUBLIC') AS grantee,
            CASE WHEN acl.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS option
        FROM pg_class
        CROSS JOIN aclexplode(pg_class.relacl) AS acl
        LEFT JOIN pg_roles ON pg_roles.oid = acl.grantee
        WHERE pg_class.oid = former AND acl.grantee <> pg_class.relowner
    LOOP
        EXECUTE format(
            'GRANT %s ON %s TO %s%s',
            granted.privilege_type, present, granted.grantee, granted.option
        );
    END LOOP;
    IF former IS NOT NULL THEN
        EXECUTE format('DROP VIEW %s', former);
    END IF;
END
$body$;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_inherit_rights(regclass, regclass) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_inherit_rights(regclass, regclass)
IS 'Gives what was granted on one view to the one that replaces it, and drops the former.';
