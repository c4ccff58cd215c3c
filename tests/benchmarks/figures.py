"""Medians of what was measured, their spread, and the costs over writing unaudited."""

import statistics
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from tests.benchmarks.stage import Sample

BASE = "unaudited"


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


class Figures:
    """Samples, by table, work and contestant."""

    def __init__(self, samples: Iterable[Sample]) -> None:
        self.samples: dict[tuple[str, str], dict[str, list[Sample]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for sample in samples:
            self.samples[sample.table, sample.work][sample.kind].append(sample)

    def each(self, table: str, work: str, kind: str, name: str) -> Figure | None:
        """The figure of an attribute of the samples, a row; None where it was not measured."""
        samples = self.samples.get((table, work), {}).get(kind, [])
        values = [getattr(sample, name) for sample in samples]
        if not values or None in values:
            return None
        return figure([value / sample.rows for value, sample in zip(values, samples, strict=True)])

    def times(self, table: str, work: str, kind: str, name: str = "seconds") -> float | None:
        """How many times as long as unaudited it takes."""
        own, base = (self.each(table, work, one, name) for one in (kind, BASE))
        return own.median / base.median if own and base and base.median else None

    def over(self, table: str, work: str, kind: str, name: str = "seconds") -> float | None:
        """What a row costs more than unaudited."""
        own, base = (self.each(table, work, one, name) for one in (kind, BASE))
        return own.median - base.median if own and base else None
