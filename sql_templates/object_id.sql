-- A primary key as events name it: itself, but that an index could not hold more than some 2,600
-- bytes, and the write would fail. A longer one is cut and told apart by its checksum.
-- The body is no string, so that it is inlined.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_object_id(key text)
RETURNS text
LANGUAGE sql
STABLE
RETURN CASE
    WHEN pg_catalog.octet_length(key) > 2600
        THEN pg_catalog.concat(
            pg_catalog.left(key, 500),
            '...sha256:',
            pg_catalog.encode(
                -- Of the database's own encoding, which converts nothing.
                pg_catalog.sha256(
                    pg_catalog.convert_to(key, pg_catalog.getdatabaseencoding())
                ),
                'hex'
            )
        )
    ELSE key
END;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_object_id(text) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_object_id(text)
IS 'A primary key as events name it: cut, with a checksum, where it has more than 2,600 bytes.';
