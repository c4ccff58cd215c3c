-- Has long images compressed by lz4 where the server knows it: that takes a quarter of pglz's time.
-- Variables: schema.
DO $body$
BEGIN
    IF EXISTS (
        SELECT FROM pg_catalog.pg_settings
        WHERE name = 'default_toast_compression' AND 'lz4' = any(enumvals)
    ) THEN
        ALTER TABLE :"schema".trigger_audit_event
            ALTER COLUMN old SET COMPRESSION lz4,
            ALTER COLUMN new SET COMPRESSION lz4,
            ALTER COLUMN context SET COMPRESSION lz4;
        ALTER TABLE :"schema".trigger_audit_event_default
            ALTER COLUMN old SET COMPRESSION lz4,
            ALTER COLUMN new SET COMPRESSION lz4,
            ALTER COLUMN context SET COMPRESSION lz4;
    END IF;
END
$body$;
