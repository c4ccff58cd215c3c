"""``make bench``: run every benchmark and print its ratios."""

from tests.benchmarks import context, migrate_models

if __name__ == "__main__":
    context.main()
    migrate_models.main()
