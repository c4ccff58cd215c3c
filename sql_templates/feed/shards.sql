-- The lanes of keys.
-- Variables: schema (of the audit table). Parameters: the number of lanes, the keys.
SELECT
    key,
    :"schema".trigger_audit_feed_shard(key, %s::integer) AS shard
FROM unnest(%s::text[]) AS key
