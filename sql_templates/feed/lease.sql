-- The lease of a lane, for the transaction. It assigns no transaction id and dies with the session.
-- Parameter: the name of the lane.
SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))
