"""What is to be reached, and whether it was."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.benchmarks.figures import Figures

ROWS, STATEMENTS = "pghistory_row", "pghistory_statement"
PEERS = {ROWS: "pghistory's rows", STATEMENTS: "pghistory's statements"}


@dataclass(frozen=True)
class Verdict:
    """A ratio beside its bound; ``processor`` is the same ratio in time on the processor."""

    target: str
    bound: float
    measured: float | None
    processor: float | None = None

    @property
    def word(self) -> str:
        """Whether it was met, by each way to measure it."""
        if self.measured is None:
            return "not measured"
        is_met = self.measured <= self.bound
        if self.processor is None or is_met == (self.processor <= self.bound):
            return "met" if is_met else "missed"
        return "met by the client's clock only" if is_met else "met by processor time only"


def verdicts(figures: Figures) -> Iterator[Verdict]:
    """One for each target, in the order in which they were set."""
    for work in ("insert", "update", "delete"):
        yield overhead(figures, f"bulk {work}", "full", ROWS, 0.45)
    yield overhead(figures, "bulk update", "changes", ROWS, 0.35)
    yield overhead(figures, "bulk update", "changes", STATEMENTS, 1.0)
    for work in ("insert", "delete"):
        yield overhead(figures, f"bulk {work}", "full", STATEMENTS, 1.4)
    yield overhead(figures, "bulk update", "full", STATEMENTS, 1.5)
    for kind in ("full", "changes"):
        for work in ("insert", "update", "delete"):
            yield cheaper(figures, f"single {work}, context", kind, 1.0)
    yield size(figures)
    yield long_value(figures, "bulk update")


def overhead(figures: Figures, work: str, kind: str, peer: str, bound: float) -> Verdict:
    """What one costs over unaudited, over what the other does."""
    ratios = [
        ratio(*(figures.over("eleven", work, one, name) for one in (kind, peer)))
        for name in ("seconds", "processor")
    ]
    return Verdict(f"{work}, `{kind}`, over {PEERS[peer]}", bound, *ratios)


def cheaper(figures: Figures, work: str, kind: str, bound: float) -> Verdict:
    ratios = []
    for name in ("seconds", "processor"):
        peers = [figures.over("eleven", work, peer, name) for peer in (ROWS, STATEMENTS)]
        known = [peer for peer in peers if peer is not None]
        ratios.append(ratio(figures.over("eleven", work, kind, name), min(known, default=None)))
    return Verdict(f"{work}, `{kind}`, over the cheaper pghistory", bound, *ratios)


def size(figures: Figures) -> Verdict:
    own, peer = (
        figures.each("eleven", "bulk update", kind, "history") for kind in ("changes", ROWS)
    )
    measured = ratio(own and own.median, peer and peer.median)
    return Verdict("bytes that an update leaves, `changes`, over pghistory's", 0.6, measured)


def long_value(figures: Figures, work: str) -> Verdict:
    ratios = []
    for name in ("seconds", "processor"):
        long, short = (figures.each(table, work, "changes", name) for table in ("long", "short"))
        ratios.append(ratio(long and long.median, short and short.median))
    return Verdict("update beside untouched 40 kB, `changes`, over one without", 1.2, *ratios)


def ratio(own: float | None, other: float | None) -> float | None:
    return own / other if own is not None and other else None
