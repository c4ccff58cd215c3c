"""At a size where it matters, day-one queries read by index, and only the months they ask for."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests import long_history
from tests.sql.audit_table import install
from tests.test_readme import blocks

EVENTS = 120_000
HISTORY, PRICES, TRANSACTION, USER, DELETED = (
    block
    for block in blocks("sql")
    if block.startswith("SELECT") and "FROM trigger_audit_event" in block
)
INDEXES = """
    SELECT child.relname, parent.relname
    FROM pg_inherits
    JOIN pg_class AS child ON child.oid = inhrelid
    JOIN pg_class AS parent ON parent.oid = inhparent
    WHERE parent.relkind = 'I'
"""


@pytest.fixture(scope="module")
def year(database):
    """A connection to a year of events, which are never committed."""
    with psycopg.connect(database, cursor_factory=psycopg.ClientCursor) as connection:
        connection.execute("CREATE SCHEMA year; SET LOCAL search_path = year")
        install(connection, "year")
        long_history.fill(connection.cursor(), EVENTS, dt.datetime.now(dt.timezone.utc))
        connection.execute("ANALYZE trigger_audit_event")
        yield connection
        connection.rollback()


def scanned(connection: Any, query: str) -> tuple[set[str], set[str]]:
    """The months that a query reads, and by what: the audit table's indexes, or ``Seq Scan``."""
    explained = connection.execute(f"EXPLAIN (ANALYZE, FORMAT json) {query}").fetchone()
    parents = dict(connection.execute(INDEXES).fetchall())
    months, means = set(), set()
    for node in nodes(explained[0][0]["Plan"]):
        if node["Actual Loops"] and "Index Name" in node:
            means.add(parents[node["Index Name"]].removeprefix("trigger_audit_event_"))
        relation = node.get("Relation Name", "").removeprefix("trigger_audit_event_")
        if node["Actual Loops"] and relation in filled():
            months.add(relation)
            if node["Node Type"] == "Seq Scan":
                means.add("Seq Scan")
    return months, means


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def filled() -> set[str]:
    now = dt.datetime.now(dt.timezone.utc)
    return {f"{begin:%Y_%m}" for begin, _ in long_history.months(now)}


def since(days: int) -> set[str]:
    now = dt.datetime.now(dt.timezone.utc)
    begun = now - dt.timedelta(days=days)
    return {f"{begin:%Y_%m}" for begin, end in long_history.months(now) if end > begun}


@pytest.mark.parametrize("query", [HISTORY, PRICES])
def test_the_history_of_a_row(year, query):
    assert scanned(year, query) == (filled(), {"object"})


def test_a_transaction(year):
    assert scanned(year, TRANSACTION) == (filled(), {"pkey", "txid"})


def test_what_a_user_did_since_yesterday(year):
    query = USER.replace("'ann'", "'7'")
    assert query != USER
    assert scanned(year, query) == (since(1), {"user"})


def test_rows_deleted_of_late(year):
    months, means = scanned(year, DELETED)
    assert months == since(30)
    assert means <= {"object", "at"}


def test_the_events_of_a_table_after_a_moment(year):
    query = """
        SELECT * FROM trigger_audit_event
        WHERE table_name = 'library_book' AND at > now() - interval '2 days'
    """
    months, means = scanned(year, query)
    assert months == since(2)
    assert means <= {"object", "at"}


def test_what_happened_of_late(year):
    query = "SELECT * FROM trigger_audit_event WHERE at > now() - interval '2 days'"
    assert scanned(year, query) == (since(2), {"at"})


@pytest.mark.parametrize("condition", ["", "WHERE id > 100000 AND id <= 110000"])
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
def test_a_page_of_events(year, condition, direction):
    query = f"SELECT * FROM trigger_audit_event {condition} ORDER BY id {direction} LIMIT 50"
    assert scanned(year, query) == (filled(), {"pkey"})


def test_the_last_change_of_a_row_that_changes_often(year):
    query = """
        SELECT * FROM trigger_audit_event
        WHERE table_name = 'library_book' AND object_id = '0' ORDER BY id DESC LIMIT 1
    """
    (plan,) = year.execute(f"EXPLAIN (ANALYZE, FORMAT json) {query}").fetchone()
    assert scanned(year, query) == (filled(), {"object"})
    assert "Sort" not in {node["Node Type"] for node in nodes(plan[0]["Plan"])}


def test_rows_that_got_another_key(year):
    (body,) = year.execute(
        "SELECT prosrc FROM pg_proc WHERE proname = 'trigger_audit_arrived'"
    ).fetchone()
    (condition,) = re.findall(r"CASE.*IS NULL", body, re.DOTALL)
    query = f"""
        SELECT * FROM trigger_audit_event AS event
        WHERE table_name = 'library_book' AND {condition} AND at > now() - interval '60 days'
    """
    assert scanned(year, query) == (since(60), {"moved"})
