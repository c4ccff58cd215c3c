"""``make bench``: what an audit costs, ours beside its peers', in one run on one server."""

import argparse

from tests.benchmarks import project


def main() -> None:
    parser = argparse.ArgumentParser("python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--full", action="store_true", help="more rows, more rounds, all tables")
    parser.add_argument("--only", default="", help="tables, works or contestants, with commas")
    options = parser.parse_args()
    with project.database(dict.fromkeys(("eleven",), 30000)):
        from tests.benchmarks import cycles, report, rounds
        from tests.benchmarks.figures import Figures

        planned = list(cycles.full() if options.full else cycles.quick())
        words = [word for word in options.only.split(",") if word]
        samples = rounds.run(cycles.chosen(planned, words))
        print(report.markdown(Figures(samples)))


if __name__ == "__main__":
    main()
