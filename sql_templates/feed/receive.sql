-- Notes that a task handles a change; no row if it did before. Whoever comes second waits for the
-- first, whose transaction may still fail.
-- Variables: schema (of the audit table). Parameters: the subscription, the change's key, the task,
-- for how many days the receipt is kept.
WITH old AS (
    -- Two for one: the table does not grow beyond what is kept, and nobody has to prune it.
    SELECT
        receipt.subscription,
        receipt.key,
        receipt.task
    FROM :"schema".trigger_audit_feed_receipt AS receipt
    WHERE receipt.keep_until < clock_timestamp()
    ORDER BY receipt.keep_until
    LIMIT 2
    FOR UPDATE SKIP LOCKED
),

pruned AS (
    DELETE FROM :"schema".trigger_audit_feed_receipt AS receipt
    USING old
    WHERE
        (receipt.subscription, receipt.key, receipt.task)
        = (old.subscription, old.key, old.task)
)

INSERT INTO :"schema".trigger_audit_feed_receipt (subscription, key, task, keep_until)
VALUES (%s, %s, %s, clock_timestamp() + make_interval(days => %s))
ON CONFLICT DO NOTHING
RETURNING at
