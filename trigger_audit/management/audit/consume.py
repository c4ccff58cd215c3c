"""``manage.py audit consume``: delivers committed changes to subscriptions."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import Any

from django.core.management.base import CommandError
from django.db import Error, OperationalError, ProgrammingError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from trigger_audit import installation
from trigger_audit.exceptions import FeedInTransaction, TriggerAuditError
from trigger_audit.feed import horizon, registry, statements
from trigger_audit.feed.goal import Forever, Once, UntilIdle
from trigger_audit.feed.notice import Reporter
from trigger_audit.feed.statements import rows
from trigger_audit.feed.stopping import stoppable
from trigger_audit.feed.supervisor import Supervisor
from trigger_audit.feed.worker import Worker
from trigger_audit.management.audit.feed.verb import refused
from trigger_audit.management.audit.progress import JsonLines, Text
from trigger_audit.management.audit.subcommand import Subcommand
from trigger_audit.subscription import Subscription


class Consume(Subcommand):
    """A worker, or several, until somebody stops them."""

    name = "consume"
    help = (
        "Delivers committed changes to the subscriptions of a database, until it is stopped by"
        " SIGTERM or Ctrl-C, which lets it finish the batch in hand. Run as many as you like: one"
        " serves a lane, the others stand by."
    )

    @staticmethod
    def add_arguments(parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "names", nargs="*", metavar="name", help="Subscriptions. Defaults to all."
        )
        until = parser.add_mutually_exclusive_group()
        until.add_argument(
            "--once", action="store_true", help="Poll each lane once: at most one batch of each."
        )
        until.add_argument(
            "--until-idle",
            action="store_true",
            help="End when there is nothing more to deliver. The exit code is 1 if something could"
            " not be.",
        )
        parser.add_argument(
            "--processes",
            type=processes,
            default=1,
            metavar="N",
            help="How many worker processes. Defaults to %(default)s.",
        )
        parser.add_argument(
            "--format",
            choices=["text", "json"],
            default="text",
            help="json is one object a line, for each thing that happens. Defaults to text.",
        )

    def handle(self, connection: BaseDatabaseWrapper, **options: Any) -> None:
        if options["once"] and options["processes"] > 1:
            raise CommandError("--once polls each lane once: it takes no --processes.")
        if connection.in_atomic_block:
            raise CommandError(str(FeedInTransaction()))
        if options["processes"] > 1 and not hasattr(os, "fork"):
            raise CommandError("This system has no fork: begin the workers one by one.")
        chosen = choose(options["names"], connection.alias)
        require_feed(connection)
        self._serve(connection, chosen, options)

    def _serve(
        self,
        connection: BaseDatabaseWrapper,
        chosen: Sequence[Subscription],
        options: dict[str, Any],
    ) -> None:
        using = connection.alias
        goal = Once() if options["once"] else UntilIdle() if options["until_idle"] else Forever()
        reporter = self._reporter(**options)
        try:
            if options["processes"] == 1:
                left = serve(chosen, using, reporter, goal)
            else:
                left = self._supervise(connection, chosen, reporter, goal, options["processes"])
            if options["until_idle"]:
                left += parked(connection, chosen)
        except (Error, TriggerAuditError) as error:
            raise CommandError(trouble(error), returncode=1) from error
        if left:
            raise CommandError("\n".join(left), returncode=1)

    def _supervise(
        self,
        connection: BaseDatabaseWrapper,
        chosen: Sequence[Subscription],
        reporter: Reporter,
        goal: Forever,
        count: int,
    ) -> list[str]:
        # Each process has connections of its own, whatever was read before.
        for each in connections.all(initialized_only=True):
            each.close()
            if hasattr(each, "close_pool"):
                each.close_pool()

        def work(parent: int) -> int:
            try:
                left = serve(chosen, connection.alias, reporter, goal, parent)
            except (Error, TriggerAuditError) as error:
                left = [trouble(error)]
            for reason in left:
                self.stderr.write(reason)
            return int(bool(left))

        code = Supervisor(count, work, reporter, ends=goal.ends).run()
        return ["Not all was delivered, as the processes said."] if code else []

    def _reporter(self, **options: Any) -> Reporter:
        verbosity = options["verbosity"]
        if options["format"] == "json":
            return JsonLines(self.stdout, only_problems=verbosity == 0)
        is_alone = options["processes"] == 1
        return Text(self.stdout, self.stderr, verbosity=verbosity, is_alone=is_alone)


def processes(text: str) -> int:
    """The value of ``--processes``."""
    number = int(text)
    if not 1 <= number <= 256:
        raise argparse.ArgumentTypeError("It must be from 1 to 256.")
    return number


def choose(names: Sequence[str], using: str) -> list[Subscription]:
    """The subscriptions of those names, or all, of a database.

    :raises CommandError: if one is not there, or there is none at all.
    """
    try:
        found = [registry.get(name) for name in dict.fromkeys(names)] or registry.registered()
        homes = {each: registry.database_of(each) for each in found}
    except TriggerAuditError as error:
        raise CommandError(str(error)) from error
    elsewhere = [each for each in found if homes[each] != using]
    if elsewhere and (names or len(elsewhere) == len(found)):
        homeless = elsewhere[0]
        raise CommandError(
            f"The subscription {homeless} lives in the database '{homes[homeless]}': add --database"
            f" {homes[homeless]}."
        )
    if not found:
        raise CommandError(
            "There is no subscription. Declare one with trigger_audit.subscribe, in a module"
            " 'subscriptions' of an installed app."
        )
    return [each for each in found if homes[each] == using]


def require_feed(connection: BaseDatabaseWrapper) -> None:
    """Go on where ``migrate`` made the tables, and the role may look at what there is.

    Workers wait for a database that is out of reach.

    :raises CommandError: with the remedy.
    """
    try:
        if installation.locate(connection, "trigger_audit_feed_cursor")[1] is None:
            raise CommandError("The tables of the feed are missing. Run manage.py migrate first.")
        statements.locate(connection)
        horizon.look(connection)
    except OperationalError:
        return
    except ProgrammingError as error:
        raise refused(error, connection) from error


def serve(
    chosen: Sequence[Subscription],
    using: str,
    reporter: Reporter,
    goal: Forever,
    parent: int | None = None,
) -> list[str]:
    """Work in this process; return why something is left."""
    with stoppable(parent) as stop:
        worker = Worker(chosen, using, stop=stop, reporter=reporter, goal=goal)
        worker.run()
    return goal.left(worker.lanes)


def trouble(error: Exception) -> str:
    """Why nobody could go on."""
    is_expected = isinstance(error, TriggerAuditError)
    return str(error) if is_expected else f"The database failed: {error}"


def parked(connection: BaseDatabaseWrapper, chosen: Sequence[Subscription]) -> list[str]:
    """What the subscriptions could not deliver, and keep."""
    statements.locate(connection)
    names = {each.name for each in chosen}
    return [
        f"{name}: {events} changes are parked: see manage.py audit feed status."
        for name, _, _, events, _ in rows(connection, "parked_summary")
        if name in names
    ]
