"""A figure beside the bound that it must keep, and what they print as."""

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Case:
    """``ratio`` is of the bad day to the good one, or, with a unit, a figure by itself."""

    name: str
    ratio: float
    bound: float
    details: Sequence[str] = field(default_factory=list)
    unit: str = ""

    @property
    def kept(self) -> bool:
        return self.ratio <= self.bound


def interleaved(rounds: int, **measures: Callable[[], float]) -> dict[str, list[float]]:
    """What each measures in turn, so that a noisy moment hits all; the first round warms up."""
    found: dict[str, list[float]] = {name: [] for name in measures}
    for number in range(rounds + 1):
        for name, measure in measures.items():
            figure = measure()
            if number:
                found[name].append(figure)
    return found


def spread(figures: Sequence[float], scale: float = 1.0) -> str:
    """Median, and the range of all."""
    low, middle, high = min(figures), statistics.median(figures), max(figures)
    return f"{middle * scale:.1f} ({low * scale:.1f} to {high * scale:.1f})"


def compare(name: str, bound: float, unit: str, scale: float, **found: Sequence[float]) -> Case:
    """A case of two measures, the good day first."""
    good, bad = found
    ratio = statistics.median(found[bad]) / statistics.median(found[good])
    details = [f"{key} {spread(figures, scale)} {unit}" for key, figures in found.items()]
    return Case(name, ratio, bound, [detail.replace("_", " ") for detail in details])


def report(cases: Iterable[Case]) -> str:
    """A table in Markdown, and the plans below it."""
    lines = ["| case | measured | bound | | |", "| --- | ---: | ---: | --- | --- |"]
    plans = []
    for case in cases:
        texts = [detail for detail in case.details if "\n" not in detail]
        plans += [f"{case.name}:\n\n```\n{plan}\n```" for plan in case.details if "\n" in plan]
        figures = f"{case.ratio:.2f}{case.unit} | {case.bound:g}{case.unit}"
        verdict = "kept" if case.kept else "**exceeded**"
        lines.append(f"| {case.name} | {figures} | {verdict} | {'; '.join(texts)} |")
    return "\n".join([*lines, "", *plans])
