"""Which contestant does what on which table, how many rows of it and how often."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tests.benchmarks import works
from tests.benchmarks.peers.kinds import KINDS
from tests.benchmarks.peers.tables import TABLES

TRIGGERS = (
    "unaudited",
    "full",
    "changes",
    "pghistory_row",
    "pghistory_statement",
    "generic",
    "typed",
)
TOLD = ("unaudited", "full", "changes", "pghistory_row", "pghistory_statement")


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


def quick() -> Iterator[Cycle]:
    """Less of everything: a few minutes."""
    yield Cycle("eleven", works.bulk, 10_000, 5)
    yield Cycle("eleven", works.bulk, 10_000, 3, TOLD, has_context=True)
    yield Cycle("eleven", works.single, 1000, 7)
    yield Cycle("eleven", works.single, 1000, 7, TOLD, has_context=True)


def full() -> Iterator[Cycle]:
    """All of it, for figures to be shown."""
    yield Cycle("eleven", works.bulk, 30_000, 9)
    yield Cycle("eleven", works.bulk, 30_000, 5, TOLD, has_context=True)
    yield Cycle("eleven", works.single, 1000, 15)
    yield Cycle("eleven", works.single, 1000, 15, TOLD, has_context=True)


def chosen(cycles: list[Cycle], words: list[str]) -> list[Cycle]:
    """The cycles of the tables, works and contestants named; all of a sort of which none is.

    :raises ValueError: for a word that names nothing.
    """
    works = {cycle.name for cycle in cycles}
    if unknown := set(words) - works - TABLES.keys() - KINDS.keys():
        known = ", ".join([*TABLES, *sorted(works), *KINDS])
        raise ValueError(f"{', '.join(sorted(unknown))}: not one of {known}")
    tables = TABLES.keys() & words or TABLES.keys()
    kinds = KINDS.keys() & words or KINDS.keys()
    return [
        replace(cycle, kinds=tuple(kind for kind in cycle.kinds if kind in {*kinds, "unaudited"}))
        for cycle in cycles
        if cycle.table in tables and cycle.name in (works.intersection(words) or works)
    ]
