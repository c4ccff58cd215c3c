"""Which contestant does what on which table, how many rows of it and how often."""

from dataclasses import dataclass, replace

from tests.benchmarks import singles, works
from tests.benchmarks.orm import orm
from tests.benchmarks.peers.kinds import KINDS
from tests.benchmarks.peers.tables import TABLES
from tests.benchmarks.telling import CONTEXTS

TRIGGERS = tuple(kind.name for kind in KINDS.values() if kind.sees_statements)
IN_PYTHON = tuple(kind.name for kind in KINDS.values() if not kind.sees_statements)
PACKAGES = tuple(kind.name for kind in KINDS.values() if not kind.is_written_here)
CAN_TELL = ("unaudited", *CONTEXTS)


FEW = 16
"""Rows for those who are only seen to miss a write."""


@dataclass(frozen=True)
class Cycle:
    """A cycle of works, run by each of the kinds in turn, round after round."""

    table: str
    work: works.Work
    rows: int
    rounds: int
    kinds: tuple[str, ...] = TRIGGERS
    has_context: bool = False

    @property
    def name(self) -> str:
        return f"{self.work.__name__}-context" if self.has_context else self.work.__name__


def quick() -> list[Cycle]:
    """Less of everything: two minutes or so."""
    return plan(rows=10_000, long_rows=100, statements=304, rounds=3)


def full() -> list[Cycle]:
    """All of it, for figures to be shown."""
    return plan(rows=30_000, long_rows=400, statements=1000, rounds=9)


def least() -> list[Cycle]:
    """So little that its times mean nothing: to see that everybody records what is timed."""
    return plan(rows=16, long_rows=3, statements=16, rounds=1)


def plan(rows: int, long_rows: int, statements: int, rounds: int) -> list[Cycle]:
    """
    :param rows: how many rows a bulk statement writes; ``long_rows`` is for those of 40 kB.
    :param statements: how many single-row statements are timed together.
    :param rounds: how often each is measured; a few more where the targets are judged.
    """
    more = rounds + 2 if rounds > 1 else 1
    return [
        Cycle("eleven", works.bulk, rows, more),
        Cycle("eleven", works.bulk, FEW, 1, IN_PYTHON),
        Cycle("eleven", works.bulk, rows, rounds, CAN_TELL, has_context=True),
        Cycle("eleven", works.copy, rows, rounds),
        Cycle("eleven", works.copy, FEW, 1, IN_PYTHON),
        Cycle("eleven", singles.single, statements, more),
        Cycle("eleven", singles.single, statements, more, CAN_TELL, has_context=True),
        Cycle("eleven", singles.transaction, min(rows, 1000), rounds),
        Cycle("eleven", singles.transaction, min(rows, 1000), rounds, CAN_TELL, has_context=True),
        Cycle("eleven", singles.clients, 4 * statements, rounds),
        Cycle("eleven", singles.clients, 4 * statements, rounds, CAN_TELL, has_context=True),
        Cycle("eleven", orm, min(rows // 50 + 3, 500), rounds, PACKAGES),
        Cycle("keys", works.bulk, rows // 2, rounds),
        Cycle("keys", singles.single, statements, rounds),
        Cycle("four", works.bulk, rows, rounds),
        Cycle("four", singles.single, statements, rounds),
        Cycle("long", works.bulk, long_rows, rounds),
        Cycle("short", works.bulk, long_rows, rounds),
    ]


def chosen(cycles: list[Cycle], words: list[str]) -> list[Cycle]:
    """The cycles of the tables, works and contestants named; all of a sort of which none is.

    :raises ValueError: for a word that names nothing.
    """
    names = {cycle.name for cycle in cycles}
    if unknown := set(words) - names - TABLES.keys() - KINDS.keys():
        known = ", ".join([*TABLES, *sorted(names), *KINDS])
        raise ValueError(f"{', '.join(sorted(unknown))}: not one of {known}")
    tables = TABLES.keys() & words or TABLES.keys()
    kinds = KINDS.keys() & words or KINDS.keys()
    return [
        replace(cycle, kinds=tuple(kind for kind in cycle.kinds if kind in {*kinds, "unaudited"}))
        for cycle in cycles
        if cycle.table in tables and cycle.name in (names.intersection(words) or names)
    ]


def rows_needed(cycles: list[Cycle]) -> dict[str, int]:
    """How many rows to have ready, by table."""
    needed: dict[str, int] = {}
    for cycle in cycles:
        rows = cycle.rows + singles.CLIENTS * singles.WARM_UP
        needed[cycle.table] = max(rows, needed.get(cycle.table, 0))
    return needed
