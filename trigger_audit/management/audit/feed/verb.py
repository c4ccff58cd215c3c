"""What the verbs of ``manage.py audit feed`` have in common."""

from __future__ import annotations

import argparse
from abc import abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import CommandError
from django.db import OperationalError, ProgrammingError
from django.db.backends.base.base import BaseDatabaseWrapper

from trigger_audit import feed
from trigger_audit.exceptions import TriggerAuditError
from trigger_audit.feed.registry import hint
from trigger_audit.feed.status import known
from trigger_audit.management.audit.subcommand import Subcommand


class Verb(Subcommand):
    """One verb, of subscriptions that an operator names."""

    def handle(self, connection: BaseDatabaseWrapper, **options: Any) -> None:
        with told(connection):
            require_known(connection, options["names"])
            self.act(connection, **options)

    @abstractmethod
    def act(self, connection: BaseDatabaseWrapper, **options: Any) -> None:
        """Do it. Whatever the feed refuses is told with its remedy."""

    def done(self, text: str) -> None:
        """Say what was done."""
        self.stdout.write(self.style.SUCCESS(text))


@contextmanager
def told(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Have errors of the feed, and of the rights that it needs, told without a traceback."""
    try:
        yield
    except TriggerAuditError as error:
        raise CommandError(str(error)) from error
    except ProgrammingError as error:
        raise refused(error, connection) from error
    except OperationalError as error:
        raise CommandError(f"{str(error).strip()}. Try again.") from error


def refused(error: ProgrammingError, connection: BaseDatabaseWrapper) -> CommandError:
    """The error for a role that lacks rights."""
    return CommandError(
        f"{str(error).strip()}. Connect as the role of the workers, which may read the events"
        f" and write the tables of the feed: see '{connection.alias}' in DATABASES."
    )


def require_known(connection: BaseDatabaseWrapper, names: Iterable[str]) -> None:
    """Go on only if each subscription is declared for the database, or was begun in it.

    :raises CommandError: with a name that is similar, or with the database.
    """
    declared = {each.name: feed.database_of(each) for each in feed.registered()}
    found = known(connection.alias)
    for name in names:
        if name in found:
            continue
        if name in declared:
            raise CommandError(
                f"The subscription '{name}' is of the database '{declared[name]}': add"
                f" --database={declared[name]}."
            )
        raise CommandError(f"There is no subscription '{name}': {hint(name, found)}.")


def add_name(parser: argparse.ArgumentParser) -> None:
    """Take one subscription."""
    parser.add_argument("names", nargs=1, metavar="NAME", help="The subscription's name.")


def add_names(parser: argparse.ArgumentParser) -> None:
    """Take one subscription or several."""
    parser.add_argument("names", nargs="+", metavar="NAME", help="The subscription's name.")
