-- The lane of a row. By its key alone: a table that is renamed keeps its rows in their lanes.
-- Variables: schema.
CREATE OR REPLACE FUNCTION :"schema".trigger_audit_feed_shard(key text, shards integer)
RETURNS integer
LANGUAGE sql
IMMUTABLE
RETURN pg_catalog.mod(
    pg_catalog.hashtextextended(key COLLATE "C", 0) & 9223372036854775807, shards
)::integer;

REVOKE ALL ON FUNCTION :"schema".trigger_audit_feed_shard(text, integer) FROM PUBLIC;

COMMENT ON FUNCTION :"schema".trigger_audit_feed_shard(text, integer)
IS 'The lane, from 0, that the events of a row are delivered in.';
