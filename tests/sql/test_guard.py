"""What is recorded stays, unless somebody says why not."""

import psycopg
import pytest

from tests.sql.audit_table import (
    EVENTS,
    IDENTIFIER,
    MONTHS,
    OWNER,
    SCHEMA,
    STRANGER,
    column,
    install,
    logged,
    on_purpose,
    refused,
    rows,
    value,
    write,
    written,
)

CHANGES = {
    "UPDATE": "UPDATE {} SET new = NULL",
    "DELETE": "DELETE FROM {}",
    "TRUNCATE": "TRUNCATE {}",
}
HINT = (
    "If it must be, say why in the same transaction: "
    "SET LOCAL trigger_audit.allow_change = 'the reason'."
)

every_change = pytest.mark.parametrize("op", CHANGES)


def trace(op, reason="a test"):
    context = {"reason": reason}
    return (op, SCHEMA, "trigger_audit_event", None, None, None, context, "postgres")


@pytest.fixture(params=["table", "month", "default"])
def relation(request, audit):
    """The audit table, then each kind of partition, with one event inside."""
    if request.param == "default":
        write(audit, at="'2001-01-01'")
        return "trigger_audit_event_default"
    write(audit)
    return "trigger_audit_event" if request.param == "table" else column(audit, MONTHS, 0)[0]


@pytest.fixture
def handmade(audit):
    """A partition made by hand, with one event inside."""
    audit.execute("""
        CREATE TABLE handmade PARTITION OF trigger_audit_event
        FOR VALUES FROM ('2001-01-01Z') TO ('2001-02-01Z')
    """)
    write(audit, at="'2001-01-15'")
    return "handmade"


@every_change
@pytest.mark.parametrize("role", [OWNER, "postgres"], ids=["owner", "superuser"])
def test_owner_and_superuser_are_refused(audit, relation, op, role):
    audit.execute(f"SET LOCAL ROLE {role}")
    with refused(audit, psycopg.errors.InsufficientPrivilege) as caught:
        audit.execute(CHANGES[op].format(relation))
    assert caught.value.diag.message_primary == (
        f"{op} of {relation} is refused: what is recorded stays"
    )
    assert caught.value.diag.message_hint == HINT
    assert rows(audit, EVENTS) == [written()]


@pytest.mark.parametrize("change", ["UPDATE {} SET new = NULL", "DELETE FROM {}"])
def test_a_statement_that_matches_no_row_is_refused(audit, relation, change):
    with refused(audit, psycopg.errors.InsufficientPrivilege) as caught:
        audit.execute(f"{change} WHERE false".format(relation))
    assert caught.value.diag.message_hint == HINT


@pytest.mark.parametrize(
    "change",
    [
        """
        INSERT INTO {0} SELECT * FROM {0}
        ON CONFLICT (id, at) DO UPDATE SET new = NULL
        """,
        """
        MERGE INTO {0} AS target USING {0} AS source ON target.id = source.id
        WHEN MATCHED THEN DELETE
        """,
        "WITH gone AS (DELETE FROM {0} RETURNING id) SELECT * FROM gone",
    ],
)
def test_no_other_statement_goes_round_it(audit, relation, change):
    with refused(audit, psycopg.errors.InsufficientPrivilege) as caught:
        audit.execute(change.format(relation))
    assert caught.value.diag.message_hint == HINT
    assert rows(audit, EVENTS) == [written()]


@every_change
def test_a_replica_is_refused(audit, relation, op):
    audit.execute("RESET ROLE; SET LOCAL session_replication_role = replica")
    with refused(audit, psycopg.errors.InsufficientPrivilege) as caught:
        audit.execute(CHANGES[op].format(relation))
    assert caught.value.diag.message_hint == HINT


@pytest.mark.parametrize("op", ["UPDATE", "DELETE"])
def test_a_partition_made_by_hand_is_guarded(audit, handmade, op):
    audit.execute("RESET ROLE; SET LOCAL session_replication_role = replica")
    with refused(audit, psycopg.errors.InsufficientPrivilege) as caught:
        audit.execute(CHANGES[op].format(handmade))
    assert caught.value.diag.message_hint == HINT
    assert rows(audit, EVENTS) == [written()]


def test_a_partition_made_by_hand_is_guarded_wholly_once_partitions_are_prepared(audit, handmade):
    assert column(audit, "SELECT trigger_audit_prepare_partitions(0)") == []
    with refused(audit, psycopg.errors.InsufficientPrivilege) as caught:
        audit.execute("TRUNCATE handmade")
    assert caught.value.diag.message_hint == HINT
    assert rows(audit, EVENTS) == [written()]


@every_change
def test_without_the_rights_no_reason_helps(audit, relation, op):
    audit.execute(f"SET LOCAL ROLE {STRANGER}; SET LOCAL trigger_audit.allow_change = 'me'")
    with refused(audit, psycopg.errors.InsufficientPrivilege) as caught:
        audit.execute(CHANGES[op].format(relation))
    assert caught.value.diag.message_primary == f"permission denied for table {relation}"


@every_change
def test_an_empty_reason_is_none(audit, op):
    write(audit)
    audit.execute("SET LOCAL trigger_audit.allow_change = ''")
    with refused(audit, psycopg.errors.InsufficientPrivilege) as caught:
        audit.execute(CHANGES[op].format("trigger_audit_event"))
    assert caught.value.diag.message_hint == HINT


@every_change
def test_on_purpose_it_is_done_and_leaves_one_trace(audit, relation, op):
    with on_purpose(audit, "a test"):
        audit.execute(CHANGES[op].format(relation))
    changed = [(*written()[:5], None, *written()[6:])] if op == "UPDATE" else []
    assert rows(audit, EVENTS) == [*changed, trace(op)]


@every_change
def test_the_log_of_the_server_tells_it_too(audit, relation, op):
    with logged(audit) as messages, on_purpose(audit, "it's due"):
        audit.execute(CHANGES[op].format(relation))
    assert messages == [("LOG", f"trigger_audit: {op} of {relation} by postgres: it's due")]


def test_each_statement_leaves_its_trace(audit):
    write(audit)
    with on_purpose(audit, "first"):
        audit.execute("DELETE FROM trigger_audit_event")
        audit.execute("DELETE FROM trigger_audit_event WHERE false")
    with on_purpose(audit, "second"):
        audit.execute("TRUNCATE trigger_audit_event_default; TRUNCATE trigger_audit_event_default")
    assert rows(audit, EVENTS) == [
        trace("DELETE", "first"),
        trace("DELETE", "first"),
        trace("TRUNCATE", "second"),
        trace("TRUNCATE", "second"),
    ]


@pytest.mark.parametrize(
    "statement",
    [
        """
        WITH deleted AS (DELETE FROM trigger_audit_event WHERE object_id = '1')
        UPDATE trigger_audit_event SET new = NULL WHERE object_id = '2'
        """,
        """
        MERGE INTO trigger_audit_event AS target
        USING (VALUES ('1'), ('2')) AS source (object_id)
        ON target.object_id = source.object_id
        WHEN MATCHED AND source.object_id = '1' THEN DELETE
        WHEN MATCHED THEN UPDATE SET new = NULL
        """,
    ],
    ids=["WITH", "MERGE"],
)
def test_each_kind_of_change_in_a_statement_leaves_its_trace(audit, statement):
    write(audit, "1")
    write(audit, "2")
    with on_purpose(audit, "a test"):
        audit.execute(statement)
    changed, *traces = rows(audit, EVENTS)
    assert changed == (*written("2")[:5], None, *written("2")[6:])
    assert sorted(traces, key=str) == [trace("DELETE"), trace("UPDATE")]


def test_no_statement_hides_its_own_trace(audit):
    write(audit)
    with on_purpose(audit, "a test"):
        audit.execute("""
            DELETE FROM trigger_audit_event
            WHERE set_config('trigger_audit.traced', 'yes', true) = 'yes'
        """)
    assert rows(audit, EVENTS) == [trace("DELETE")]


def test_the_trace_tells_who_as_other_events_do(audit):
    write(audit)
    audit.execute("""SET LOCAL trigger_audit.context = '{"user": "ann", "reason": "other"}'""")
    with on_purpose(audit, "erasure request 42"):
        audit.execute("DELETE FROM trigger_audit_event")
    context = {"user": "ann", "reason": "erasure request 42"}
    assert rows(audit, EVENTS) == [(*trace("DELETE")[:6], context, "postgres")]


GUARDS = """
    SELECT tgrelid::regclass::text, tgname::text, tgenabled::text
    FROM pg_trigger WHERE NOT tgisinternal OR tgparentid <> 0 ORDER BY 1, 2
"""


@pytest.mark.parametrize(
    "harm",
    [
        # As pg_restore --data-only --disable-triggers leaves them.
        "ALTER TABLE {0} DISABLE TRIGGER ALL; ALTER TABLE {0} ENABLE TRIGGER ALL",
        "ALTER TABLE {0} DISABLE TRIGGER trigger_audit_guard_statement",
        "DROP TRIGGER trigger_audit_guard_statement ON {0}",
        "DROP TRIGGER trigger_audit_guard_trace ON {0}",
        "DROP TRIGGER trigger_audit_guard_row ON trigger_audit_event",
        """
        DROP TRIGGER trigger_audit_guard_row ON trigger_audit_event;
        DROP TRIGGER trigger_audit_guard_statement ON {0};
        DROP TRIGGER trigger_audit_guard_trace ON {0};
        """,
    ],
)
def test_preparing_partitions_mends_the_guards(audit, relation, harm):
    before = rows(audit, GUARDS)
    audit.execute(harm.format(relation))
    assert rows(audit, GUARDS) != before
    audit.execute("SELECT trigger_audit_prepare_partitions(0)")
    assert rows(audit, GUARDS) == before


def test_a_new_partition_takes_in_events_of_a_default_one_without_guards(audit):
    write(audit, at="now() + interval '5 months'")
    audit.execute("""
        DROP TRIGGER trigger_audit_guard_row ON trigger_audit_event;
        DROP TRIGGER trigger_audit_guard_statement ON trigger_audit_event_default;
        DROP TRIGGER trigger_audit_guard_trace ON trigger_audit_event_default;
        SELECT trigger_audit_prepare_partitions(6);
    """)
    assert rows(audit, EVENTS) == [written()]
    assert {state for _, _, state in rows(audit, GUARDS)} == {"A"}


def test_whoever_may_delete_need_not_be_allowed_to_insert(audit):
    write(audit)
    audit.execute(f"""
        GRANT DELETE ON trigger_audit_event TO {STRANGER};
        SET LOCAL ROLE {STRANGER};
    """)
    with on_purpose(audit, "retention"):
        audit.execute("DELETE FROM trigger_audit_event")
    audit.execute(f"SET LOCAL ROLE {OWNER}")
    assert rows(audit, EVENTS) == [trace("DELETE", "retention")]


def test_the_permission_ends_with_its_transaction(postgresql):
    install(postgresql, "public")
    write(postgresql)
    postgresql.commit()
    with postgresql.transaction():
        postgresql.execute("SET LOCAL trigger_audit.allow_change = 'a test'")
        postgresql.execute("UPDATE trigger_audit_event SET object_id = '2'")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        postgresql.execute("DELETE FROM trigger_audit_event")


def test_flush_leaves_no_event(audit, handmade, schema):
    for at in ("clock_timestamp()", "'1999-01-01'", "clock_timestamp() + interval '1 month'"):
        write(audit, at=at)
    month, next_month = column(audit, MONTHS, 1)
    with logged(audit) as messages:
        audit.execute("SELECT trigger_audit_flush()")
    assert rows(audit, EVENTS) == []
    assert sorted(messages) == sorted(
        ("LOG", f"trigger_audit: {IDENTIFIER}.{partition} flushed by postgres")
        for partition in (month, next_month, "trigger_audit_event_default", "handmade")
    )


def test_flush_goes_into_partitions_of_partitions(audit):
    audit.execute("""
        CREATE TABLE years PARTITION OF trigger_audit_event
        FOR VALUES FROM ('2001-01-01Z') TO ('2003-01-01Z') PARTITION BY RANGE (at);
        CREATE TABLE year PARTITION OF years FOR VALUES FROM ('2001-01-01Z') TO ('2002-01-01Z');
    """)
    write(audit, at="'2001-05-05'")
    audit.execute("SELECT trigger_audit_flush()")
    assert rows(audit, EVENTS) == []


def test_after_a_flush_all_is_guarded_as_before(audit, relation):
    before = rows(audit, GUARDS)
    assert {state for _, _, state in before} == {"A"}
    audit.execute("SELECT trigger_audit_flush()")
    assert rows(audit, GUARDS) == before


def test_flush_of_an_empty_table_touches_no_partition(audit):
    files = "SELECT pg_relation_filenode(relid) FROM pg_partition_tree('trigger_audit_event')"
    before = rows(audit, files)
    with logged(audit) as messages:
        audit.execute("SELECT trigger_audit_flush()")
    assert rows(audit, files) == before
    assert messages == []


def test_a_stranger_may_not_flush(audit):
    write(audit)
    audit.execute(f"SET LOCAL ROLE {STRANGER}")
    with refused(audit, psycopg.errors.InsufficientPrivilege) as caught:
        audit.execute("SELECT trigger_audit_flush()")
    assert caught.value.diag.message_primary == (
        "permission denied for function trigger_audit_flush"
    )
    audit.execute(f"SET LOCAL ROLE {OWNER}")
    assert value(audit, "SELECT count(*) FROM trigger_audit_event") == 1
