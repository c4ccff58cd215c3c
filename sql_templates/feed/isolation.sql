-- Whether each statement of a transaction sees what was committed before it.
SELECT current_setting('transaction_isolation') = 'read committed'
