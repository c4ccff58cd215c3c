"""``make bench``: run every benchmark and print its ratios."""

from tests.benchmarks import migrate_models

if __name__ == "__main__":
    migrate_models.main()
