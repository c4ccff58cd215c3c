"""``manage.py audit``: what an operator asks of the audit in a database."""

from __future__ import annotations

import argparse
import copy
import os
import sys
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, DjangoHelpFormatter
from django.db import DEFAULT_DB_ALIAS, connections

from trigger_audit import installation
from trigger_audit.management.audit.consume import Consume
from trigger_audit.management.audit.feed import FEED
from trigger_audit.management.audit.log import Log
from trigger_audit.management.audit.partition import Partition
from trigger_audit.management.audit.show import Show
from trigger_audit.management.audit.status import Status
from trigger_audit.management.audit.subcommand import Group, Subcommand, holds_none

SUBCOMMANDS: tuple[type[Subcommand] | Group, ...] = (Status, Partition, Log, Show, FEED, Consume)


class Command(BaseCommand):
    """Finds the sub-command and runs it."""

    help = "Inspects and maintains the audit of a database."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        _add_subcommands(parser, SUBCOMMANDS, _standard_options(parser))

    def handle(self, *args: Any, subcommand: type[Subcommand], **options: Any) -> None:
        connection = connections[options["database"]]
        if not installation.can_record(connection):
            raise holds_none(connection)
        try:
            subcommand(self).handle(connection, **options)
        except BrokenPipeError:
            _write_no_more()


def _standard_options(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """What Django gives to every command, so that it may stand behind the sub-command too."""
    standard = argparse.ArgumentParser(add_help=False)
    for action in parser._actions:
        if action.dest != "help":
            again = copy.copy(action)
            # What was given before the sub-command is not overwritten.
            again.default = argparse.SUPPRESS
            standard._add_action(again)
    return standard


def _add_subcommands(
    parser: argparse.ArgumentParser,
    subcommands: Iterable[type[Subcommand] | Group],
    standard: argparse.ArgumentParser,
) -> None:
    subparsers = parser.add_subparsers(title="sub-commands", required=True)
    for each in subcommands:
        subparser = subparsers.add_parser(
            each.name,
            help=each.help,
            description=each.help,
            parents=[standard],
            formatter_class=DjangoHelpFormatter,
        )
        if isinstance(each, Group):
            _add_subcommands(subparser, each.subcommands, standard)
        else:
            _add_arguments(each, subparser)


def _add_arguments(subcommand: type[Subcommand], parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--database",
        default=DEFAULT_DB_ALIAS,
        choices=tuple(connections),
        help='Which database. Defaults to "default".',
    )
    subcommand.add_arguments(parser)
    parser.set_defaults(subcommand=subcommand)


def _write_no_more() -> None:
    """Whoever read the output has gone, as ``head`` does: Python must not flush into the void."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
