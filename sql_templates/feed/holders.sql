-- The sessions that have the leases of lanes.
-- Parameter: the names of the lanes.
SELECT
    lane.name,
    pg_locks.pid
FROM unnest(%s::text[]) AS lane (name)
INNER JOIN pg_locks
    ON
        pg_locks.locktype = 'advisory'
        AND pg_locks.granted
        AND pg_locks.objsubid = 1
        AND (pg_locks.classid::bigint << 32) + pg_locks.objid::bigint
        = hashtextextended(lane.name, 0)
INNER JOIN pg_database
    ON pg_locks.database = pg_database.oid AND pg_database.datname = current_database()
