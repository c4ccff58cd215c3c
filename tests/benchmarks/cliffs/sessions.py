"""What a session did before must not make it slow: cached plans, long transactions, savepoints."""

from collections.abc import Callable
from functools import partial
from statistics import median

from tests.benchmarks.cliffs.case import Case, compare, interleaved, spread
from tests.benchmarks.cliffs.tables import Table, session, timed
from trigger_audit import Audit

BULK = 20_000
SINGLES = 300


def bulk_after_singles(full: bool) -> list[Case]:
    table = Table("plans", Audit(), rows=BULK)

    def bulk(before: int) -> float:
        with session() as connection, connection.transaction(force_rollback=True):
            for number in range(before):
                connection.execute(table.update(1, number + 1))
            seconds = timed(connection, table.update(BULK))
        table.tidy()
        return seconds

    found = interleaved(9 if full else 3, cold=partial(bulk, 0), after_ten=partial(bulk, 10))
    name = f"update of {BULK:,} rows after ten single-row updates in the session"
    return [compare(name, 1.3, "ms", 1e3, **found)]


def singles_after_bulk(full: bool) -> list[Case]:
    table = Table("plans", Audit(), rows=BULK)

    def singles(bulk: int) -> float:
        with session() as connection:
            with connection.transaction(force_rollback=True):
                connection.execute(table.update(bulk))
            table.tidy()
            with connection.transaction(force_rollback=True):
                times = [timed(connection, table.update(1, n + 1)) for n in range(SINGLES)]
        table.tidy()
        return median(times[20:])

    found = interleaved(9 if full else 3, cold=partial(singles, 0), after=partial(singles, BULK))
    name = f"single-row updates after an update of {BULK:,} rows in the session"
    return [compare(name, 1.3, "µs", 1e6, **found)]


def long_transaction(full: bool) -> list[Case]:
    """On a table whose foreign keys are checked in the end: each insert leaves two checks."""
    count = 10_000 if full else 4000
    table = Table("many", Audit(), foreign_keys=True)

    def parts() -> tuple[float, float]:
        with session() as connection, connection.transaction(force_rollback=True):
            times = [timed(connection, table.insert(1)) for _ in range(count)]
        tenth = count // 10
        return median(times[100 : 100 + tenth]), median(times[-tenth:])

    found = [parts() for _ in range(5 if full else 3)]
    starts, ends = zip(*found, strict=True)
    name = f"{count:,} single-row inserts in a transaction, deferred foreign keys: last to first"
    return [compare(name, 1.3, "µs", 1e6, start=starts, end=ends)]


def savepoints(full: bool) -> list[Case]:
    audited, plain = Table("audited", Audit(), rows=2000), Table("plain", rows=2000)
    return [
        growth("100 savepoints deep", nested, audited, plain, full),
        growth("1,000 released savepoints", released, audited, plain, full),
    ]


def growth(
    name: str, measure: Callable[[Table], float], audited: Table, plain: Table, full: bool
) -> Case:
    """The growth of a write's time on the audited table, over that on the other."""
    rounds = 15 if full else 5
    found = interleaved(rounds, plain=partial(measure, plain), audited=partial(measure, audited))
    details = [f"{key} grows {spread(ratios)}-fold" for key, ratios in found.items()]
    return Case(name, median(found["audited"]) / median(found["plain"]), 1.3, details)


def nested(table: Table) -> float:
    with session() as connection, connection.transaction(force_rollback=True):
        times = []
        for number in range(100):
            connection.execute(f"SAVEPOINT s{number}")
            times += [timed(connection, table.update(1, number * 5 + n + 1)) for n in range(5)]
    table.tidy()
    return median(times[-100:]) / median(times[25:125])


def released(table: Table) -> float:
    with session() as connection, connection.transaction(force_rollback=True):
        times = []
        for number in range(1000):
            connection.execute("SAVEPOINT s")
            times.append(timed(connection, table.update(1, number + 1)))
            connection.execute("RELEASE SAVEPOINT s")
    table.tidy()
    return median(times[-100:]) / median(times[50:150])
