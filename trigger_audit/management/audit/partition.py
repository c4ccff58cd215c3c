"""``manage.py audit partition``: the audit table's coming months."""

from __future__ import annotations

import argparse
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from trigger_audit import partitions
from trigger_audit.management.audit.subcommand import Subcommand, require_audit_table


class Partition(Subcommand):
    """Makes the partitions that are not there yet."""

    name = "partition"
    help = "Makes the partitions of the audit table for the coming months."

    @staticmethod
    def add_arguments(parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--months",
            type=months,
            default=partitions.MONTHS_AHEAD,
            help="How many months ahead. Defaults to %(default)s.",
        )

    def handle(self, connection: BaseDatabaseWrapper, **options: Any) -> None:
        require_audit_table(connection)
        made = partitions.prepare(connection, options["months"])
        for name in made:
            self.stdout.write(f"Made {self.style.SUCCESS(name)}")
        if not made and options["verbosity"] > 0:
            self.stdout.write("All partitions are there already.")


def months(text: str) -> int:
    """The value of ``--months``."""
    number = int(text)
    if not 0 <= number <= 120:
        raise argparse.ArgumentTypeError("It must be from 0 to 120.")
    return number
