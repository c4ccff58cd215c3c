-- The lane of an open transaction, for tests: its window has what this transaction wrote, and
-- nothing else, after what was drained of it before. No row for one that wrote nothing.
-- Variables: schema (of the audit table). Parameters: the subscription, twice.
WITH own AS (
    SELECT pg_current_xact_id_if_assigned()::text::bigint AS txid
),

lane AS (
    SELECT
        jsonb_build_object(
            'subscription', %s::text,
            'shard', 0,
            'shards', 1,
            'epoch', origin.epoch,
            -- The first sees all up to the transaction, the second the transaction too.
            'lo', concat_ws(':', own.txid, own.txid, ''),
            'hi', concat_ws(':', own.txid + 1, own.txid + 1, ''),
            'ceiling', sequence.last_value,
            'pos', coalesce(
                (nullif(current_setting('trigger_audit.drained', TRUE), '')::jsonb -> %s)::bigint,
                0
            )
        ) AS given
    FROM own
    CROSS JOIN :"schema".trigger_audit_feed_origin AS origin
    CROSS JOIN :"schema".trigger_audit_event_id_seq AS sequence
    WHERE own.txid IS NOT NULL
)

SELECT
    to_jsonb(
        jsonb_populate_record(
            cast(NULL AS :"schema".trigger_audit_feed_cursor), lane.given
        )
    )::text AS cursor
FROM lane
