"""``manage.py audit feed retry`` and ``skip``: what to do with parked changes."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import CommandError
from django.db.backends.base.base import BaseDatabaseWrapper

from trigger_audit import feed
from trigger_audit.exceptions import NotFailed
from trigger_audit.feed import Failure, Retried
from trigger_audit.management.audit.feed.confirmation import add_no_input, confirm
from trigger_audit.management.audit.feed.verb import Verb, add_name

ALL = 2**31 - 1
"""More than anybody looks at."""

SHOWN = 10


class Retry(Verb):
    """Delivers what is parked, in order for each row."""

    name = "retry"
    help = (
        "Delivers the parked changes of a subscription again, in order for each row. Workers may"
        " run meanwhile. The exit code is 1 if some stay parked."
    )
    add_arguments = staticmethod(add_name)

    def act(self, connection: BaseDatabaseWrapper, **options: Any) -> None:
        (name,) = options["names"]
        _tell(self, name, feed.retry(name, using=connection.alias))


class Skip(Verb):
    """Lets go of changes that fail, and delivers what waits for them."""

    name = "skip"
    help = (
        "Lets go of parked changes that failed, all or those named, and delivers the later changes"
        " of their rows. The exit code is 1 if some stay parked."
    )

    @staticmethod
    def add_arguments(parser: argparse.ArgumentParser) -> None:
        add_name(parser)
        parser.add_argument(
            "event_ids", nargs="*", type=int, metavar="EVENT_ID", help="As status shows them."
        )
        add_no_input(parser)

    def act(self, connection: BaseDatabaseWrapper, **options: Any) -> None:
        (name,) = options["names"]
        # Fails before the question where there is no declaration to deliver the rest to.
        feed.get(name)
        chosen = _chosen(name, options["event_ids"], connection.alias)
        if not chosen:
            self.stdout.write(f"{name} has parked nothing that failed.")
            return
        confirm(_question(name, chosen), options)
        ids = [each.event_id for each in chosen]
        result = feed.skip(name, *ids, using=connection.alias)
        self.done(f"{name} lets go of {changes(len(ids))}.")
        _tell(self, name, result)


def _chosen(name: str, event_ids: list[int], using: str) -> list[Failure]:
    failures = {each.event_id: each for each in feed.failures(name, most=ALL, using=using)}
    if strange := [str(each) for each in event_ids if each not in failures]:
        raise NotFailed(f"{name}: {', '.join(strange)}")
    return [failures[each] for each in dict.fromkeys(event_ids)] or list(failures.values())


def _question(name: str, chosen: list[Failure]) -> str:
    lines = [f"{name} will never get {changes(len(chosen))}:"]
    lines += [f"  event {each.event_id}, {of_row(each)}" for each in chosen[:SHOWN]]
    if len(chosen) > SHOWN:
        lines.append(f"  and {len(chosen) - SHOWN} more")
    return "\n".join(lines)


def _tell(verb: Verb, name: str, result: Retried) -> None:
    if result.parked:
        raise CommandError(
            f"{name}: {result.delivered} delivered, {result.parked} stay parked; manage.py audit"
            " feed status tells why.",
            returncode=1,
        )
    verb.done(f"{name}: {result.delivered} delivered, nothing is parked.")


def changes(number: int) -> str:
    """So many changes, in words."""
    return "1 change" if number == 1 else f"{number} changes"


def of_row(failure: Failure) -> str:
    """The row of a change, or the table that it emptied."""
    if failure.object_id is None:
        return f"all of {failure.model}"
    return f"{failure.model} {failure.object_id}"
