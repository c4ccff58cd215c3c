-- Transactions of this database that are open for long and have written: their own events come when
-- they end. Prepared ones have no process.
-- Parameter: for how many seconds.
SELECT
    activity.pid,
    NULL AS gid,
    activity.usename::text AS role,
    activity.application_name,
    activity.state,
    activity.xact_start AS since,
    left(activity.query, 200) AS query
FROM pg_stat_activity AS activity
CROSS JOIN (SELECT make_interval(secs => %s) AS least) AS open_for
WHERE
    activity.backend_xid IS NOT NULL
    AND activity.datname = current_database()
    AND activity.pid <> pg_backend_pid()
    AND activity.xact_start < clock_timestamp() - open_for.least
UNION ALL
SELECT
    NULL,
    prepared.gid,
    prepared.owner::text,
    '',
    'prepared',
    prepared.prepared,
    ''
FROM pg_prepared_xacts AS prepared
WHERE prepared.database = current_database()
ORDER BY since
