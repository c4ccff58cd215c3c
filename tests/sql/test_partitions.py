"""Partitions come in time, one a month, in UTC."""

import threading
import time

import psycopg
import pytest

from tests.sql.audit_table import (
    EVENTS,
    MONTHS,
    OWNER,
    PARTITIONS,
    STRANGER,
    column,
    install,
    refused,
    rows,
    value,
    write,
    written,
)

BOUNDS = """
    SELECT relname::text, pg_get_expr(relpartbound, oid)
    FROM pg_class
    WHERE relispartition AND relkind = 'r'
    ORDER BY relname
"""


def test_the_present_month_and_three_more_are_there_at_once(audit):
    assert column(audit, PARTITIONS) == [*column(audit, MONTHS, 3), "trigger_audit_event_default"]


def test_those_made_are_named(audit):
    months = column(audit, MONTHS, 14)
    assert column(audit, "SELECT trigger_audit_prepare_partitions(14)") == months[4:]
    assert column(audit, PARTITIONS) == [*months, "trigger_audit_event_default"]


@pytest.mark.parametrize("months", [14, 3, 0, -1, None])
def test_once_made_they_are_not_made_again(audit, months):
    audit.execute("SELECT trigger_audit_prepare_partitions(14)")
    before = column(audit, PARTITIONS)
    assert column(audit, "SELECT trigger_audit_prepare_partitions(%s::integer)", months) == []
    assert column(audit, PARTITIONS) == before


@pytest.mark.parametrize("timezone", ["Pacific/Auckland", "America/New_York", "UTC"])
def test_bounds_are_in_utc(audit, timezone):
    audit.execute(f"SET LOCAL TimeZone = '{timezone}'; SET LOCAL DateStyle = 'SQL, DMY'")
    audit.execute("SELECT trigger_audit_prepare_partitions(14)")
    audit.execute("SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'")
    starts = [f"{name[-7:].replace('_', '-')}-01 00:00:00+00" for name in column(audit, MONTHS, 15)]
    assert rows(audit, BOUNDS) == [
        *(
            (name, f"FOR VALUES FROM ('{start}') TO ('{end}')")
            for name, start, end in zip(column(audit, MONTHS, 14), starts, starts[1:], strict=False)
        ),
        ("trigger_audit_event_default", "DEFAULT"),
    ]


def test_events_that_the_default_partition_took_in_are_moved_unchanged(audit):
    later = "(now() + interval '5 months')"
    identities = "SELECT id, at, txid::text, tableoid::regclass::text FROM trigger_audit_event"
    write(audit, "1")
    write(audit, "2", at=later)
    write(audit, "3", at="'2001-01-01'")
    write(audit, "4", at=later)
    before = rows(audit, f"{identities} ORDER BY id")
    assert before[1][3] == before[3][3] == "trigger_audit_event_default"

    assert (
        column(audit, "SELECT trigger_audit_prepare_partitions(6)") == column(audit, MONTHS, 6)[4:]
    )

    month = value(audit, f"SELECT to_char({later} AT TIME ZONE 'UTC', 'YYYY_MM')")
    moved = f"trigger_audit_event_{month}"
    assert rows(audit, f"{identities} ORDER BY id") == [
        before[0],
        (*before[1][:3], moved),
        before[2],
        (*before[3][:3], moved),
    ]
    assert rows(audit, EVENTS) == [written("1"), written("2"), written("3"), written("4")]
    with refused(audit, psycopg.errors.InsufficientPrivilege):
        audit.execute("DELETE FROM trigger_audit_event_default")


def test_a_new_partition_is_like_those_before(audit):
    (*_, month) = column(audit, "SELECT trigger_audit_prepare_partitions(4)")
    look = """
        SELECT relowner::regrole::text,
            ARRAY(
                SELECT pg_get_constraintdef(oid) FROM pg_constraint
                WHERE conrelid = pg_class.oid AND contype <> 'n' ORDER BY 1
            ),
            ARRAY(SELECT tgname::text FROM pg_trigger WHERE tgrelid = pg_class.oid ORDER BY 1),
            ARRAY(SELECT tgenabled::text FROM pg_trigger WHERE tgrelid = pg_class.oid)
        FROM pg_class WHERE oid = %s::regclass
    """
    assert rows(audit, look, month) == rows(audit, look, "trigger_audit_event_default")
    assert value(audit, "SELECT obj_description(%s::regclass, 'pg_class')", month) == (
        f"The events of {month[-7:].replace('_', '-')}, in UTC."
    )


def test_a_partition_of_the_past_is_described_in_utc_too(audit):
    audit.execute("SET LOCAL TimeZone = 'America/New_York'")
    audit.execute("SELECT trigger_audit_make_partition('past', '2001-02-01Z', '2001-03-01Z')")
    assert value(audit, "SELECT obj_description('past'::regclass, 'pg_class')") == (
        "The events of 2001-02, in UTC."
    )


def test_what_a_superuser_makes_belongs_to_the_owner_of_the_table(audit):
    audit.execute("RESET ROLE")
    (month,) = column(audit, "SELECT trigger_audit_prepare_partitions(4)")
    owner = "SELECT relowner::regrole::text FROM pg_class WHERE oid = %s::regclass"
    assert value(audit, owner, month) == OWNER


def test_the_public_has_no_right_on_a_new_partition(audit):
    audit.execute("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC")
    (month,) = column(audit, "SELECT trigger_audit_prepare_partitions(4)")
    audit.execute(f"SET LOCAL ROLE {STRANGER}")
    with refused(audit, psycopg.errors.InsufficientPrivilege) as caught:
        audit.execute(f"SELECT * FROM {month}")
    assert caught.value.diag.message_primary == f"permission denied for table {month}"


def test_a_stranger_may_not_make_any(audit):
    audit.execute(f"SET LOCAL ROLE {STRANGER}")
    with refused(audit, psycopg.errors.InsufficientPrivilege):
        audit.execute("SELECT trigger_audit_prepare_partitions(4)")


def test_two_sessions_at_once(postgresql):
    install(postgresql, "public")
    postgresql.commit()
    made = {}

    def prepare():
        with psycopg.connect(postgresql.info.dsn) as session:
            made["second"] = column(session, "SELECT trigger_audit_prepare_partitions(6)")

    made["first"] = column(postgresql, "SELECT trigger_audit_prepare_partitions(6)")
    second = threading.Thread(target=prepare)
    second.start()
    with psycopg.connect(postgresql.info.dsn, autocommit=True) as observer:
        while not value(observer, "SELECT count(*) FROM pg_locks WHERE NOT granted"):
            assert second.is_alive()
            time.sleep(0.01)
        # What is recorded meanwhile is not kept waiting.
        observer.execute("SET lock_timeout = '10s'")
        write(observer)
    postgresql.commit()
    second.join()

    assert made == {"first": column(postgresql, MONTHS, 6)[4:], "second": []}
    assert rows(postgresql, EVENTS) == [written()]
