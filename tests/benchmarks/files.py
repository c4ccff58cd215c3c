"""The files of a run: for readers, for programs, and a picture."""

import json
from pathlib import Path

from tests.benchmarks import chart, report
from tests.benchmarks.figures import Figures


def write(folder: Path, figures: Figures, texts: dict[str, str], is_full: bool) -> None:
    """Replace ``benchmarks.md``, ``.json`` and ``.png`` in a folder, which is made if need be."""
    data = json.dumps(report.data(figures, texts, is_full), indent=1)
    text = report.markdown(figures, texts, is_full)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "benchmarks.md").write_text(text, encoding="utf-8")
    (folder / "benchmarks.json").write_text(f"{data}\n", encoding="utf-8")
    chart.draw(figures, folder / "benchmarks.png")
