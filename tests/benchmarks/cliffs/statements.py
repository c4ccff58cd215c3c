"""The size of a statement: rows, and the length of its text."""

from functools import partial
from statistics import median

import trigger_audit
from tests.benchmarks.cliffs.case import Case, compare, interleaved
from tests.benchmarks.cliffs.tables import COLUMNS, Table, session, timed
from tests.benchmarks.process import Meter
from trigger_audit import Audit
from trigger_audit.statements import comment

TOLD = {"user": 7, "username": "ann@example.org", "method": "POST", "path": "/books/import/"}
LENGTH = 10_000_000
WORKS = ("insert", "update", "delete")


def rows_in_a_statement(full: bool) -> list[Case]:
    """On tables whose foreign keys are checked in the end, with the checks waiting.

    In the time of the processor, if it can be known: the clock has the disk's as well, which takes
    some megabytes at once and then keeps writers waiting.
    """
    sizes = (5000, 40_000, 300_000) if full else (5000, 20_000, 60_000)
    tables = {"audited": Table("audited", Audit(), foreign_keys=True)}
    tables["plain"] = Table("plain", foreign_keys=True)
    found: dict[tuple[str, str, int], list[float]] = {}
    for _ in range(5 if full else 2):
        for size in sizes:
            for kind, table in tables.items():
                for work, seconds in whole_life(table, size).items():
                    found.setdefault((kind, work, size), []).append(seconds / size * 1e6)
    return [rows_case(work, sizes, found) for work in WORKS]


def whole_life(table: Table, size: int) -> dict[str, float]:
    """Seconds that rows take to come, change and go, in a transaction; by the clock too."""
    seconds: dict[str, float] = {}
    with session() as connection, connection.transaction(force_rollback=True):
        connection.execute(f"ALTER TABLE {table.name} ALTER id RESTART")
        for work in WORKS:
            meter = Meter((connection.info.backend_pid,))
            seconds[f"{work} by the clock"] = timed(connection, getattr(table, work)(size))
            seconds[work] = meter.processor() or seconds[f"{work} by the clock"]
    table.tidy()
    return seconds


def rows_case(
    work: str, sizes: tuple[int, ...], found: dict[tuple[str, str, int], list[float]]
) -> Case:
    figures = {
        (kind, each): [median(found[kind, each, size]) for size in sizes]
        for kind in ("audited", "plain")
        for each in (work, f"{work} by the clock")
    }
    names = " / ".join(f"{size:,}" for size in sizes)
    details = [
        f"{kind}{each.removeprefix(work)} {' / '.join(f'{n:.1f}' for n in numbers)} µs a row"
        for (kind, each), numbers in figures.items()
    ]
    ratio = max(figures["audited", work]) / min(figures["audited", work])
    return Case(f"{work} of {names} rows, deferred foreign keys", ratio, 1.4, details)


def long_statement(full: bool) -> list[Case]:
    table = Table("long", Audit())
    values = ", ".join(
        f"('title {number}', '978', 9.90, 'draft', 1, now(), now(), now(), 1, '{'x' * 940}')"
        for number in range(LENGTH // 1000)
    )
    statement = f"INSERT INTO {table.name} ({COLUMNS}) VALUES {values}"

    def insert(prefix: str) -> float:
        with session() as connection, connection.transaction(force_rollback=True):
            seconds = timed(connection, prefix + statement)
        table.tidy()
        return seconds

    with trigger_audit.context(**TOLD):
        told = str(comment())
    found = interleaved(
        11 if full else 4, without=partial(insert, ""), with_context=partial(insert, told)
    )
    name = f"a statement of {len(statement) / 1e6:.0f} MB with context"
    return [compare(name, 1.1, "ms", 1e3, **found)]
