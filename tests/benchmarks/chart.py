"""The chart: what a write costs more, for each contestant."""

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from tests.benchmarks.figures import BASE, Figure, Figures
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
    drawing = Canvas(figsize=(9, 5), layout="constrained")
    axes = drawing.subplots(2, 2, squeeze=False).flat
    for axis, (work, title) in zip(axes, shown.items(), strict=False):
        panel(axis, figures, work, title)
    for axis in list(axes)[len(shown) :]:
        axis.remove()
    drawing.suptitle("What an audited row costs more than an unaudited one", fontsize=11)
    drawing.supxlabel("µs of the server's time a row, eleven columns; less is better", fontsize=8)
    drawing.savefig(path, dpi=120)


def panel(axis: Axes, figures: Figures, work: str, title: str) -> None:
    measure = figures.steadiest("eleven", work)
    kinds = [kind for kind in KINDS if figures.over("eleven", work, kind, measure) is not None]
    kinds.remove(BASE)
    costs = [figures.over("eleven", work, kind, measure) * 1e6 for kind in kinds]
    spreads = [spread(figures.each("eleven", work, kind, measure)) for kind in kinds]
    drawn = axis.barh(
        [KINDS[kind].title for kind in kinds],
        costs,
        color=[COLOURS[kind in OURS] for kind in kinds],
        xerr=list(zip(*spreads, strict=True)),
        error_kw={"elinewidth": 0.8, "ecolor": "#444444"},
    )
    axis.bar_label(drawn, fmt="%.1f", fontsize=7, padding=3)
    axis.invert_yaxis()
    axis.set_title(title, fontsize=9)
    axis.tick_params(labelsize=7)
    axis.margins(x=0.18)
    axis.spines[["top", "right"]].set_visible(False)


def spread(figure: Figure) -> tuple[float, float]:
    """How far the quartiles lie below and above the median, in microseconds."""
    return (figure.median - figure.low) * 1e6, (figure.high - figure.median) * 1e6
