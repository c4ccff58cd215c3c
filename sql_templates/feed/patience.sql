-- Lets the transaction be open and idle for as long as a handler takes. What it has besides a lease
-- it writes at its end: nobody else waits for it.
SELECT set_config(pg_settings.name, '0', TRUE)
FROM pg_settings
WHERE pg_settings.name IN ('idle_in_transaction_session_timeout', 'transaction_timeout')
