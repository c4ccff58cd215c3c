"""``manage.py audit``: what an operator asks of the audit in a database."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from trigger_audit import installation, introspection, partitions
from trigger_audit.drift import Difference
from trigger_audit.introspection import TableStatus

NOTHING_THERE = {"function missing", "trigger missing"}


class Command(BaseCommand):
    """Finds the sub-command and runs it."""

    help = "Inspects and maintains the audit of a database."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        subparsers = parser.add_subparsers(title="sub-commands", required=True)
        self._add_status(subparsers)
        self._add_partition(subparsers)

    def handle(self, *args: Any, method: Callable[..., None], **options: Any) -> None:
        connection = connections[options["database"]]
        if not installation.can_record(connection):
            raise _holds_none(connection)
        method(connection, **options)

    def _add_status(self, subparsers: Any) -> None:
        parser = self._add(
            subparsers,
            self.status,
            "Shows for each audited table whether its triggers are installed, enabled and as the"
            " models declare them. The exit code is 1 if not all are.",
        )
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def _add_partition(self, subparsers: Any) -> None:
        parser = self._add(
            subparsers,
            self.partition,
            "Makes the partitions of the audit table for the coming months.",
        )
        parser.add_argument(
            "--months",
            type=months,
            default=partitions.MONTHS_AHEAD,
            help="How many months ahead. Defaults to %(default)s.",
        )

    def _add(
        self, subparsers: Any, method: Callable[..., None], text: str
    ) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = subparsers.add_parser(
            method.__name__, help=text, description=text
        )
        parser.add_argument(
            "--database",
            default=DEFAULT_DB_ALIAS,
            choices=tuple(connections),
            help='Which database. Defaults to "default".',
        )
        parser.set_defaults(method=method)
        return parser

    def status(self, connection: BaseDatabaseWrapper, **options: Any) -> None:
        tables = introspection.status(connection)
        if options["format"] == "json":
            self.stdout.write(json.dumps([asdict(table) for table in tables], indent=2))
        else:
            self._print_status(tables)
        drifted = [table for table in tables if table.state != introspection.INSTALLED]
        if drifted:
            raise CommandError(
                f"{len(drifted)} of {len(tables)} tables are not as the models declare them. Run"
                " manage.py migrate; what that does not mend, manage.py pgtrigger install does.",
                returncode=1,
            )

    def _print_status(self, tables: list[TableStatus]) -> None:
        if not tables:
            self.stdout.write(self.style.WARNING("No model is audited in this database."))
        width = max((len(_title(table)) for table in tables), default=0)
        for table in tables:
            right = table.state == introspection.INSTALLED
            state = (self.style.SUCCESS if right else self.style.ERROR)(table.state)
            self.stdout.write(f"{_title(table):{width}}  {state}")
            for difference in _worth_telling(table):
                self.stdout.write(f"  {difference}")

    def partition(self, connection: BaseDatabaseWrapper, **options: Any) -> None:
        if not installation.allows_audit_table(connection):
            raise _holds_none(connection)
        if not installation.has_audit_table(connection):
            raise CommandError("There is no audit table. Run manage.py migrate first.")
        made = partitions.prepare(connection, options["months"])
        for name in made:
            self.stdout.write(f"Made {self.style.SUCCESS(name)}")
        if not made and options["verbosity"] > 0:
            self.stdout.write("All partitions are there already.")


def _holds_none(connection: BaseDatabaseWrapper) -> CommandError:
    return CommandError(
        f"The database '{connection.alias}' holds no audit table: it is not PostgreSQL,"
        " or a router keeps trigger_audit out of it."
    )


def months(text: str) -> int:
    """The value of ``--months``."""
    number = int(text)
    if not 0 <= number <= 120:
        raise argparse.ArgumentTypeError("It must be from 0 to 120.")
    return number


def _title(table: TableStatus) -> str:
    return f"{table.schema}.{table.table}" if table.schema else table.table


def _worth_telling(table: TableStatus) -> list[Difference]:
    """Not each trigger, where none is there."""
    if table.state != introspection.NOT_INSTALLED:
        return list(table.differences)
    return [each for each in table.differences if each.kind not in NOTHING_THERE]
