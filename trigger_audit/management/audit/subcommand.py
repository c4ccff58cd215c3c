"""What the sub-commands of ``manage.py audit`` have in common."""

from __future__ import annotations

import argparse
from abc import ABC, abstractmethod
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from trigger_audit import installation
from trigger_audit.models import AuditEvent


class Subcommand(ABC):
    """One verb: ``name`` is what the operator types, ``help`` what it does, in sentences."""

    name: ClassVar[str]
    help: ClassVar[str]

    def __init__(self, command: BaseCommand) -> None:
        self.stdout = command.stdout
        self.stderr = command.stderr
        self.style = command.style

    @staticmethod  # noqa: B027  # A verb may take none.
    def add_arguments(parser: argparse.ArgumentParser) -> None:
        """Add what the verb takes besides ``--database`` and Django's options."""

    @abstractmethod
    def handle(self, connection: BaseDatabaseWrapper, **options: Any) -> None:
        """Do it.

        :param connection: to a database where audits may be installed.
        """


class Group:
    """Verbs that share the first word: ``name`` is that word, ``help`` what they are about."""

    def __init__(self, name: str, help: str, *subcommands: type[Subcommand]) -> None:  # noqa: A002
        self.name = name
        self.help = help
        self.subcommands = subcommands


def require_audit_table(connection: BaseDatabaseWrapper) -> None:
    """Go on only where there is one that ``migrate`` made.

    :raises CommandError: with the remedy.
    """
    if not installation.allows_audit_table(connection):
        raise holds_none(connection)
    if not installation.has_audit_table(connection):
        raise CommandError("There is no audit table. Run manage.py migrate first.")


def require_readable(connection: BaseDatabaseWrapper) -> None:
    """Go on only where events can be read.

    :raises CommandError: with the remedy.
    """
    if installation.locate(connection, AuditEvent._meta.db_table)[1] is None:
        raise CommandError("There is no audit table. Run manage.py migrate first.")
    try:
        with transaction.atomic(using=connection.alias):
            AuditEvent.objects.using(connection.alias).exists()
    except ProgrammingError as error:
        raise CommandError(
            f"The events cannot be read: {str(error).strip()}. Have the owner of the table"
            f" GRANT SELECT ON {AuditEvent._meta.db_table} to the role of '{connection.alias}'."
        ) from error


def holds_none(connection: BaseDatabaseWrapper) -> CommandError:
    """The error for a database that is not meant to have an audit table."""
    return CommandError(
        f"The database '{connection.alias}' holds no audit table: it is not PostgreSQL,"
        " or a router keeps trigger_audit out of it."
    )
