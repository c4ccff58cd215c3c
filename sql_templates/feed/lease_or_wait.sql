-- The lease of a lane, for the transaction, when whoever has it lets go of it.
-- Parameter: the name of the lane.
SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))
