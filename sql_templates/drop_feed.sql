-- Drops the tables and functions of the feed.
-- Variables: schema.
DROP FUNCTION IF EXISTS :"schema".trigger_audit_feed_flush();
DROP FUNCTION IF EXISTS :"schema".trigger_audit_feed_partitions();
DROP FUNCTION IF EXISTS :"schema".trigger_audit_feed_page(
    pg_snapshot, pg_snapshot, bigint, bigint, timestamptz, jsonb, integer, integer, integer
);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_feed_new_key(text, jsonb, jsonb);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_feed_start(pg_snapshot, pg_snapshot);
DROP FUNCTION IF EXISTS :"schema".trigger_audit_feed_shard(text, integer);
DROP TABLE IF EXISTS :"schema".trigger_audit_feed_parked;
DROP TABLE IF EXISTS :"schema".trigger_audit_feed_mark;
DROP TABLE IF EXISTS :"schema".trigger_audit_feed_cursor;
DROP FUNCTION IF EXISTS :"schema".trigger_audit_feed_renew_origin();
DROP TABLE IF EXISTS :"schema".trigger_audit_feed_origin;
