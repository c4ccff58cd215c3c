"""``python -m tests.benchmarks.feed``: measure the feed by itself."""

import argparse
import os
import sys

from tests.benchmarks import server


def main() -> int:
    parser = argparse.ArgumentParser("python -m tests.benchmarks.feed", description=__doc__)
    parser.add_argument("--events", type=int, default=300_000, help="the backlog")
    parser.add_argument("--rounds", type=int, default=3, help="of each measurement but memory")
    parser.add_argument("--seconds", type=int, default=3, help="that clients write, each time")
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    server.start()
    import django

    django.setup()
    from tests.benchmarks.feed import figures

    parts = {
        "Memory": figures.memory(options.events),
        "Drain": figures.rates(options.rounds),
        "Writers": figures.slowdown(options.rounds, options.seconds),
    }
    for name, lines in parts.items():
        print(f"{name} …", file=sys.stderr)
        for line in lines:
            print(f"{name}: {line}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
