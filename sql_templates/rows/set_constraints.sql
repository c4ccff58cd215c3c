-- When constraints are checked: at once, or at the end of the transaction.
-- Variables: constraints (qualified, quoted), when (IMMEDIATE or DEFERRED).
SET CONSTRAINTS :constraints :when
