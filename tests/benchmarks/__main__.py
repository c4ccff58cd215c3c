"""``make bench``: what an audit costs, ours beside its peers', in one run on one server."""

import argparse
import sys
from pathlib import Path

from tests.benchmarks import parts, project, server

DOCS = Path(__file__).parents[2] / "docs"


def main() -> None:
    options = parser().parse_args()
    server.start()
    words = [word for word in options.only.split(",") if word]
    # A part of it is no replacement for what is shown.
    folder = options.output or (None if words else DOCS)
    is_all = options.full and not words
    texts = {name: parts.run(name) for name in parts.PARTS} if is_all else {}
    with project.database():
        report = measured(words, options.full, texts, folder)
    print(report)


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser("python -m tests.benchmarks", description=__doc__)
    found.add_argument("--full", action="store_true", help="more rows, more rounds, all parts")
    found.add_argument(
        "--only", default="", help="tables, works, contestants, with commas; prints, writes no file"
    )
    found.add_argument("--output", type=Path, help="the folder to write to, for docs/")
    return found


def measured(words: list[str], is_full: bool, texts: dict[str, str], folder: Path | None) -> str:
    """Run, write the files if there is a folder for them, and return what to print."""
    from tests.benchmarks import cycles, files, report, rounds
    from tests.benchmarks.figures import Figures

    try:
        chosen = cycles.chosen(cycles.full() if is_full else cycles.quick(), words)
    except ValueError as error:
        sys.exit(f"--only {error}")
    project.execute(project.sources(cycles.rows_needed(chosen)))
    figures = Figures(rounds.run(chosen))
    if folder is None:
        return report.markdown(figures, texts, is_full)
    files.write(folder, figures, texts, is_full)
    return report.summary(figures)


if __name__ == "__main__":
    main()
