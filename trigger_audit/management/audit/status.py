"""``manage.py audit status``: what is installed, beside what the models declare."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError
from django.db.backends.base.base import BaseDatabaseWrapper

from trigger_audit import introspection
from trigger_audit.drift import Difference
from trigger_audit.introspection import TableStatus
from trigger_audit.management.audit.subcommand import Subcommand

NOTHING_THERE = {"function missing", "trigger missing"}


class Status(Subcommand):
    """Tells of each table, and fails if one is not as declared."""

    name = "status"
    help = (
        "Shows for each audited table whether its triggers are installed, enabled and as the"
        " models declare them. The exit code is 1 if not all are."
    )

    @staticmethod
    def add_arguments(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, connection: BaseDatabaseWrapper, **options: Any) -> None:
        tables = introspection.status(connection)
        if options["format"] == "json":
            self.stdout.write(json.dumps([asdict(table) for table in tables], indent=2))
        else:
            self._print(tables)
        drifted = [table for table in tables if table.state != introspection.INSTALLED]
        if drifted:
            raise CommandError(
                f"{len(drifted)} of {len(tables)} tables are not as the models declare them. Run"
                " manage.py makemigrations and migrate; what they do not mend, manage.py pgtrigger"
                " install does.",
                returncode=1,
            )

    def _print(self, tables: list[TableStatus]) -> None:
        if not tables:
            self.stdout.write(self.style.WARNING("No model is audited in this database."))
        width = max((len(_title(table)) for table in tables), default=0)
        for table in tables:
            right = table.state == introspection.INSTALLED
            state = (self.style.SUCCESS if right else self.style.ERROR)(table.state)
            self.stdout.write(f"{_title(table):{width}}  {state}")
            for difference in _worth_telling(table):
                self.stdout.write(f"  {difference}")


def _title(table: TableStatus) -> str:
    return f"{table.schema}.{table.table}" if table.schema else table.table


def _worth_telling(table: TableStatus) -> list[Difference]:
    """Not each trigger, where none is there."""
    if table.state != introspection.NOT_INSTALLED:
        return list(table.differences)
    return [each for each in table.differences if each.kind not in NOTHING_THERE]
