"""The chart: what a write costs more, for each contestant."""

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tests.benchmarks.figures import Figures
from tests.benchmarks.peers.kinds import KINDS

PANELS = {
    "bulk insert": "INSERT of many rows",
    "bulk update": "UPDATE of many rows",
    "bulk delete": "DELETE of many rows",
    "single update, context": "UPDATE of one row, telling who",
}
OURS = ("full", "changes")
COLOURS = {True: "#0c6b45", False: "#b4b4b4"}


def draw(figures: Figures, path: Path) -> None:
    """Write it as a PNG, if anything that it shows was measured."""
    shown = {work: title for work, title in PANELS.items() if ("eleven", work) in figures.samples}
    if not shown:
        return
    drawing = Figure(figsize=(3.3 * len(shown), 3), layout="constrained")
    axes = drawing.subplots(1, len(shown), squeeze=False)[0]
    for axis, (work, title) in zip(axes, shown.items(), strict=True):
        panel(axis, figures, work, title)
    drawing.suptitle("Microseconds a row beyond the unaudited write, eleven columns", fontsize=11)
    drawing.savefig(path, dpi=140)


def panel(axis: Axes, figures: Figures, work: str, title: str) -> None:
    bars = {}
    for kind in KINDS:
        over = figures.over("eleven", work, kind)
        if kind != "unaudited" and over is not None:
            bars[kind] = over * 1e6
    names = [KINDS[kind].title for kind in bars]
    colours = [COLOURS[kind in OURS] for kind in bars]
    drawn = axis.barh(names, list(bars.values()), color=colours)
    axis.bar_label(drawn, fmt="%.1f", fontsize=7, padding=2)
    axis.invert_yaxis()
    axis.set_title(title, fontsize=9)
    axis.tick_params(labelsize=7)
    axis.margins(x=0.18)
    axis.spines[["top", "right"]].set_visible(False)
