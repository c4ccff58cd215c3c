"""The report, as Markdown: verdicts first, then ratios, then all else."""

from collections.abc import Iterable, Iterator

from tests.benchmarks.figures import Figures
from tests.benchmarks.peers.kinds import KINDS
from tests.benchmarks.peers.tables import TABLES
from tests.benchmarks.targets import Verdict, verdicts


def markdown(figures: Figures) -> str:
    return "\n".join([*targets(verdicts(figures)), *tables(figures)])


def targets(found: Iterable[Verdict]) -> Iterator[str]:
    yield "## Targets\n"
    yield from grid(
        ["target", "at most", "measured", "by processor time", "verdict"],
        (
            [each.target, f"{each.bound}", number(each.measured), number(each.processor), each.word]
            for each in found
        ),
    )


def tables(figures: Figures) -> Iterator[str]:
    for table in TABLES.values():
        works = [work for name, work in figures.samples if name == table.name]
        if works:
            yield f"\n## {table.title}\n"
            yield from details(figures, table.name, works)


def details(figures: Figures, table: str, works: list[str]) -> Iterator[str]:
    for work in works:
        yield f"\n### {work}\n"
        yield from grid(
            [
                "",
                "times unaudited",
                "µs a row over it",
                "µs a row",
                "quartiles",
                "by processor time, over it",
                "bytes an event",
                "WAL bytes a row",
                "peak memory, MB",
            ],
            (
                line(figures, table, work, kind)
                for kind in KINDS
                if kind in figures.samples[table, work]
            ),
        )


def line(figures: Figures, table: str, work: str, kind: str) -> list[str]:
    time = figures.each(table, work, kind, "seconds")
    assert time
    over, processor = (figures.over(table, work, kind, name) for name in ("seconds", "processor"))
    history, wal = (figures.each(table, work, kind, name) for name in ("history", "wal"))
    samples = figures.samples[table, work][kind]
    memory = figures.each(table, work, kind, "memory")
    return [
        KINDS[kind].title,
        number(figures.times(table, work, kind)),
        number(over and over * 1e6),
        number(time.median * 1e6),
        f"{time.low * 1e6:.1f} to {time.high * 1e6:.1f}",
        number(processor and processor * 1e6),
        f"{history.median:.0f}" if history and kind != "unaudited" else "",
        f"{wal.median:.0f}" if wal else "",
        f"{memory.median * samples[0].rows / 1e6:.1f}" if memory else "",
    ]


def number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def grid(heading: list[str], rows: Iterable[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heading)} |"
    yield f"| {' | '.join(['---'] * len(heading))} |"
    for row in rows:
        yield f"| {' | '.join(row)} |"
