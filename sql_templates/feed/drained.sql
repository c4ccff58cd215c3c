-- Notes up to which event a subscription has drained the open transaction, for tests. A rollback to
-- a savepoint takes it back with what the handler wrote, and with the transaction it is gone.
-- Parameters: the subscription, the id.
SELECT
    set_config(
        'trigger_audit.drained',
        (
            coalesce(nullif(current_setting('trigger_audit.drained', TRUE), '')::jsonb, '{}')
            || jsonb_build_object(%s::text, %s::bigint)
        )::text,
        TRUE
    )
