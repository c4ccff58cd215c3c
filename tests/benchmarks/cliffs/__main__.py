"""Measure the cliffs by themselves."""

import argparse
import os
import sys

from tests.benchmarks import server


def main() -> int:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    server.start()
    import django

    django.setup()
    from tests.benchmarks.cliffs import case
    from tests.benchmarks.cliffs.cases import CASES

    parser = argparse.ArgumentParser("python -m tests.benchmarks.cliffs", description=__doc__)
    parser.add_argument("--full", action="store_true", help="ten million events, a million rows")
    parser.add_argument("--only", action="append", choices=CASES, help="a case; may be repeated")
    options = parser.parse_args()
    found = []
    for name in options.only or CASES:
        print(f"{name} …", file=sys.stderr)
        found += CASES[name](options.full)
    print(case.report(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
