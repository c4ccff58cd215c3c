"""The report, as Markdown and as data: verdicts first, then ratios, then all else."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime, timezone
from typing import Any

from tests.benchmarks import environment
from tests.benchmarks.figures import BASE, Figures
from tests.benchmarks.parts import PARTS
from tests.benchmarks.peers.kinds import KINDS
from tests.benchmarks.peers.tables import TABLES
from tests.benchmarks.targets import verdicts

READING = """
Ratios are to the same work on a table that nobody audits, in time of the server's process on a
processor, which is steadier than a clock where the machine has other work; where Django does a part
of it (`bulk_create` and what follows) and where that cannot be known, in time that the client
waited. What a row costs *more* is the difference. Times are medians, the client's with quartiles
beside them, one round trip a statement; contestants took turns in each round. Bytes are those of
the audit tables and their indexes. Memory is the peak of the server's process, without the shared
buffers. Contexts are the same for everyone, and of a request of its own for each transaction. Every
event was counted: who left fewer than rows were written *misses the write*.
"""


def markdown(figures: Figures, texts: dict[str, str], is_full: bool) -> str:
    """All of it; ``texts`` are those of the parts."""
    lines = [
        "# Benchmarks\n",
        f"Written by `make {'bench-full' if is_full else 'bench'}`; do not edit.\n",
        "![What a write costs more](benchmarks.png)\n",
        summary(figures),
        *ratios(figures),
        *details(figures),
    ]
    for name, text in texts.items():
        block = text if text.startswith("|") else f"```\n{text}\n```"
        lines.append(f"\n## {PARTS[name]}\n\n{block}")
    return "\n".join([*lines, *surroundings()]) + "\n"


def summary(figures: Figures) -> str:
    """What was to be reached, and what was."""
    rows = (
        [each.target, f"{each.bound}", number(each.measured), number(each.processor), each.word]
        for each in verdicts(figures)
    )
    heading = ["cost over unaudited, eleven columns", "at most", "client", "processor", ""]
    return "\n".join(["## Targets\n", *grid(heading, rows)])


def ratios(figures: Figures) -> Iterator[str]:
    """Each work beside each contestant, in times the unaudited one."""
    yield "\n## How many times as long as unaudited\n"
    kinds = [name for name in KINDS if name != BASE]
    yield from grid(
        ["", *(KINDS[kind].title for kind in kinds)],
        (
            [
                f"{TABLES[table].title}: {work}",
                *(cell(figures, table, work, kind) for kind in kinds),
            ]
            for table, work in figures.samples
        ),
    )
    yield READING.rstrip()


def cell(figures: Figures, table: str, work: str, kind: str) -> str:
    if figures.is_missed(table, work, kind):
        return "misses the write"
    return number(figures.times(table, work, kind, figures.steadiest(table, work)))


def details(figures: Figures) -> Iterator[str]:
    heading = ["", "µs a row more", "µs a row", "quartiles", "processor, µs a row more"]
    heading += ["bytes an event", "WAL bytes a row", "memory, MB"]
    for (table, work), samples in figures.samples.items():
        kinds = [kind for kind in KINDS if kind in samples]
        rows = samples[BASE][0].rows
        yield f"\n### {TABLES[table].title}: {work}, {rows:,} rows\n"
        yield from grid(heading, (detail(figures, table, work, kind) for kind in kinds))


def detail(figures: Figures, table: str, work: str, kind: str) -> list[str]:
    title = KINDS[kind].title
    time = figures.each(table, work, kind, "seconds")
    if time is None:
        return [title, "misses the write", *[""] * 6]
    over, processor = (figures.over(table, work, kind, name) for name in ("seconds", "processor"))
    history, wal = (figures.each(table, work, kind, name) for name in ("history", "wal"))
    memory = figures.whole(table, work, kind, "memory")
    return [
        title,
        "" if kind == BASE else number(over, 1e6),
        number(time.median, 1e6),
        f"{number(time.low, 1e6)} to {number(time.high, 1e6)}",
        "" if kind == BASE else number(processor, 1e6),
        "" if kind == BASE or history is None else f"{history.median:.0f}",
        "" if wal is None else f"{wal.median:.0f}",
        "not available" if memory is None else number(memory.median, 1e-6),
    ]


def surroundings() -> Iterator[str]:
    yield "\n## Measured on\n"
    yield f"{environment.machine()}\n"
    everything = environment.versions() | environment.settings()
    yield from grid(["", ""], ([name, value] for name, value in everything.items()))


def data(figures: Figures, texts: dict[str, str], is_full: bool) -> dict[str, Any]:
    """The same for programs: seconds and bytes a row."""
    return {
        "mode": "full" if is_full else "quick",
        "measured_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "machine": environment.machine(),
        "versions": environment.versions(),
        "settings": environment.settings(),
        "targets": [asdict(each) | {"verdict": each.word} for each in verdicts(figures)],
        "figures": list(figures.records()),
        "parts": texts,
    }


def number(value: float | None, scale: float = 1.0) -> str:
    return "" if value is None else f"{value * scale:.2f}"


def grid(heading: list[str], rows: Iterable[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heading)} |"
    yield f"| {' | '.join(['---', *['---:'] * (len(heading) - 1)])} |"
    for row in rows:
        yield f"| {' | '.join(row)} |"
