"""Reading the past of a table of many events: one row of it, and all of it as of yesterday."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from statistics import median
from time import perf_counter
from typing import Any

from django.core.management import call_command
from django.db import connections

import trigger_audit
from tests import long_history as year
from tests.benchmarks.cliffs.case import Case, compare, interleaved, spread
from tests.benchmarks.cliffs.tables import session
from tests.example.models import Book
from trigger_audit.models import AuditEvent

ROWS = 100_000
TABLES = {"default": 1, "other": 10}
OBJECTS = {"default": 1000, "other": ROWS}
"""In each of the tables, of which that of books is one."""
IMAGE = """
    jsonb_build_object(
        'id', key, 'title', 'The title of number ' || key, 'price', 9.90 + mod(id, 100),
        'publisher_id', NULL
    )
"""
INSERT = """
    INSERT INTO library_book (id, title, price)
    SELECT n, 'The title of number ' || n, 9.90 FROM generate_series(1, %s) AS n
    UNION ALL SELECT %s, 'The title of a row that was there before', 9.90
"""
UNTOUCHED = 2_000_000


def reading_the_past(full: bool) -> list[Case]:
    """One database has the events of a thousand objects, the other those of a million."""
    events = 10_000_000 if full else 300_000
    now = dt.datetime.now(dt.timezone.utc)
    for alias, objects in OBJECTS.items():
        prepare(alias, events, objects, now)
    found = []
    for alias, objects in OBJECTS.items():
        name = f"of {events:,} events of {objects * TABLES[alias]:,} objects"
        yesterday = now - dt.timedelta(days=1)
        found += [*one_object(alias, name, yesterday), whole_table(alias, name, yesterday, full)]
    return found


def prepare(alias: str, events: int, objects: int, now: dt.datetime) -> None:
    call_command("migrate", database=alias, verbosity=0)
    with connections[alias].cursor() as cursor:
        cursor.execute("TRUNCATE library_book CASCADE")
        cursor.execute(INSERT, [ROWS, UNTOUCHED])
        cursor.execute("SELECT trigger_audit_flush()")
        # Spread so that the rows that are there are as good as any.
        tables = TABLES[alias]
        key = f"1 + mod(id / {tables} * 7919, {objects})"
        year.fill(cursor, events, now, key=key, image=IMAGE, tables=tables)
    with session(alias) as connection:
        # The catalog as well, which tables of other cases came and went in.
        connection.execute("VACUUM ANALYZE")


def one_object(alias: str, name: str, moment: dt.datetime) -> list[Case]:
    book = Book(pk=500)
    book._state.db = alias
    history = AuditEvent.objects.using(alias).for_object(book, many_to_many=False)
    measures: dict[str, Callable[[], Any]] = {
        "one object's last 100 events": partial(fetch, alias, HISTORY),
        "for_object(book)[:100]": lambda: list(history.order_by("-id")[:100]),
        "trigger_audit_as_of, one row": partial(fetch, alias, f"{AS_OF}, '500')", moment),
        "the same of a row without events": partial(
            fetch, alias, f"{AS_OF}, '{UNTOUCHED}')", moment
        ),
        "as_of(book)": lambda: trigger_audit.as_of(book, moment),
    }
    return [single(f"{label} {name}", measure) for label, measure in measures.items()]


HISTORY = """
    SELECT * FROM trigger_audit_event
    WHERE table_name = 'library_book' AND object_id = '500' ORDER BY id DESC LIMIT 100
"""
AS_OF = "SELECT * FROM trigger_audit_as_of(NULL::library_book, %s"


def fetch(alias: str, query: str, *parameters: Any) -> int:
    with connections[alias].cursor() as cursor:
        cursor.execute(query, parameters or None)
        return len(cursor.fetchall())


def single(name: str, measure: Callable[[], Any]) -> Case:
    figures = [seconds(measure) for _ in range(12)][1:]
    return Case(name, median(figures) * 1e3, 9.99, [f"{spread(figures, 1e3)} ms"], " ms")


def seconds(measure: Callable[[], Any]) -> float:
    started = perf_counter()
    measure()
    return perf_counter() - started


def whole_table(alias: str, name: str, moment: dt.datetime, full: bool) -> Case:
    now = partial(fetch, alias, "SELECT * FROM library_book")
    past = partial(fetch, alias, f"{AS_OF})", moment)
    found = interleaved(
        9 if full else 5, as_it_is=partial(seconds, now), as_of_yesterday=partial(seconds, past)
    )
    return compare(f"a table of {ROWS:,} rows as of yesterday, {name}", 3, "ms", 1e3, **found)
