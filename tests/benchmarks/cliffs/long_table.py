"""An audit table of many events, over a year: what a write costs, how queries find theirs."""

from __future__ import annotations

import datetime as dt
from functools import partial
from statistics import median
from typing import Any

import psycopg
from django.db import connections

from tests import long_history as year
from tests.benchmarks.cliffs.case import Case, compare, interleaved
from tests.benchmarks.cliffs.tables import Table, session, timed
from trigger_audit import Audit

SHARE = 30_000
QUERIES = {
    "one object's history": """
        SELECT * FROM trigger_audit_event
        WHERE table_name = 'library_book' AND object_id = '{key}' ORDER BY id
    """,
    "one transaction": "SELECT * FROM trigger_audit_event WHERE txid = '{txid}' ORDER BY id",
    "one user's last day": """
        SELECT * FROM trigger_audit_event
        WHERE context->>'user' = '{user}' AND at > now() - interval '1 day' ORDER BY id
    """,
}
SOME = """
    SELECT object_id AS key, txid::text AS txid, context->>'user' AS user FROM trigger_audit_event
    WHERE table_name = 'library_book' AND context->>'user' IS NOT NULL
        AND at > now() - interval '1 day'
    ORDER BY id LIMIT 1
"""


def long_history(full: bool) -> list[Case]:
    """The audit table of one database is empty, that of the other has a year of events."""
    events = 10_000_000 if full else 300_000
    tables = {name: Table("long", Audit(), using=name) for name in ("default", "other")}
    with connections["other"].cursor() as cursor:
        year.fill(cursor, events, dt.datetime.now(dt.timezone.utc))
    with session("other") as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
    found = interleaved(
        15 if full else 5,
        empty=partial(insert, tables["default"]),
        long=partial(insert, tables["other"]),
    )
    name = f"insert of {SHARE:,} rows beside {events:,} events"
    return [compare(name, 1.2, "ms", 1e3, **found), *queries(events)]


def insert(table: Table) -> float:
    with session(table.using) as connection, connection.transaction(force_rollback=True):
        return timed(connection, table.insert(SHARE))


def queries(events: int) -> list[Case]:
    with session("other") as connection:
        # The user's last day.
        key, txid, user = connection.execute(SOME).fetchone() or ("1", "3", "1")
        return [
            query_case(connection, f"{name} of {events:,} events", query, key, txid, user)
            for name, query in QUERIES.items()
        ]


def query_case(
    connection: psycopg.Connection[Any], name: str, query: str, key: str, txid: str, user: str
) -> Case:
    query = query.format(key=key, txid=txid, user=user)
    explain = f"EXPLAIN (ANALYZE, BUFFERS OFF, COSTS OFF, TIMING OFF) {query}"
    plans = [[line for (line,) in connection.execute(explain)] for _ in range(9)]
    times = [float(plan[-1].split()[2]) for plan in plans]
    return Case(name, median(times), 9.99, ["\n".join(plans[-1])], " ms")
