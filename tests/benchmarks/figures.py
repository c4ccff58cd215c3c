"""Medians of what was measured, their spread, and the costs over writing unaudited."""

import statistics
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from tests.benchmarks.sample import Sample

BASE = "unaudited"
BY_DJANGO = ("bulk_create", "bulk_update", "save", "delete of a queryset")
MEASURES = ("seconds", "processor", "wal", "history")


@dataclass(frozen=True)
class Figure:
    """A median a row, and the quartiles around it."""

    median: float
    low: float
    high: float


def figure(values: list[float]) -> Figure:
    if len(values) < 2:
        return Figure(values[0], values[0], values[0])
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return Figure(median, low, high)


def rounded(taken: Figure) -> dict[str, float]:
    """It, to four digits."""
    return {name: float(f"{value:.4g}") for name, value in asdict(taken).items()}


class Figures:
    """Samples, by table, work and contestant."""

    def __init__(self, samples: Iterable[Sample]) -> None:
        self.samples: dict[tuple[str, str], dict[str, list[Sample]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for sample in samples:
            self.samples[sample.table, sample.work][sample.kind].append(sample)

    def is_missed(self, table: str, work: str, kind: str) -> bool:
        """Did it leave no event?"""
        return any(sample.is_missed for sample in self.samples[table, work].get(kind, ()))

    def each(self, table: str, work: str, kind: str, name: str) -> Figure | None:
        """The figure of an attribute of the samples, a row; None where it was not measured."""
        known = self.known(table, work, kind, name)
        return figure([value / rows for value, rows in known]) if known else None

    def steadiest(self, table: str, work: str) -> str:
        """The measure of time that other work on the machine disturbs least.

        What Django does besides is part of what its ORM costs: there it is the client's time.
        """
        is_known = self.each(table, work, BASE, "processor") is not None
        return "processor" if is_known and work not in BY_DJANGO else "seconds"

    def whole(self, table: str, work: str, kind: str, name: str) -> Figure | None:
        """The same of all rows together."""
        known = self.known(table, work, kind, name)
        return figure([value for value, rows in known]) if known else None

    def known(self, table: str, work: str, kind: str, name: str) -> list[tuple[float, int]]:
        """The values of an attribute, each with the rows that it is for."""
        samples = self.samples.get((table, work), {}).get(kind, [])
        found = [(getattr(sample, name), sample.rows) for sample in samples if not sample.is_missed]
        return [] if None in (value for value, _ in found) else found

    def records(self) -> Iterator[dict[str, Any]]:
        """What was measured, for each contestant at each work, a row."""
        for (table, work), kinds in self.samples.items():
            for kind, samples in kinds.items():
                taken = {name: self.each(table, work, kind, name) for name in MEASURES}
                yield {
                    "table": table,
                    "work": work,
                    "contestant": kind,
                    "rows": samples[0].rows,
                    "rounds": len(samples),
                    "misses_the_write": self.is_missed(table, work, kind),
                    **{name: rounded(one) if one else None for name, one in taken.items()},
                    "peak_memory": max(sample.memory or 0 for sample in samples) or None,
                }

    def times(self, table: str, work: str, kind: str, name: str = "seconds") -> float | None:
        """How many times as long as unaudited it takes."""
        own, base = (self.each(table, work, one, name) for one in (kind, BASE))
        return own.median / base.median if own and base and base.median else None

    def over(self, table: str, work: str, kind: str, name: str = "seconds") -> float | None:
        """What a row costs more than unaudited."""
        own, base = (self.each(table, work, one, name) for one in (kind, BASE))
        return own.median - base.median if own and base else None
