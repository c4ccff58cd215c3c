"""``manage.py audit feed reset``, ``rebase``, ``accept-loss`` and ``forget``: the position."""

from __future__ import annotations

import argparse
from datetime import datetime
from typing import Any

from django.core.management.base import CommandError
from django.db.backends.base.base import BaseDatabaseWrapper

from trigger_audit import feed
from trigger_audit.management.audit.feed.confirmation import add_no_input, confirm
from trigger_audit.management.audit.feed.parked import changes
from trigger_audit.management.audit.feed.verb import Verb, add_name
from trigger_audit.management.audit.moments import moment
from trigger_audit.subscription import STARTS


class Reset(Verb):
    """Begins a subscription anew."""

    name = "reset"
    help = (
        "Begins a subscription anew, with the lanes that are declared. Its position and what it"
        " has parked are forgotten. Waits for the batch that is being delivered."
    )

    @staticmethod
    def add_arguments(parser: argparse.ArgumentParser) -> None:
        add_name(parser)
        parser.add_argument(
            "--start",
            type=start,
            metavar="WHERE",
            help=f"{', '.join(STARTS)}, or a moment: 2026-11-24T09:30, '1 day' (ago). Defaults to"
            " what is declared.",
        )
        add_no_input(parser)

    def act(self, connection: BaseDatabaseWrapper, **options: Any) -> None:
        (name,) = options["names"]
        where = options["start"] or feed.get(name).start
        confirm(_loss(name, f"It begins again at: {where}.", connection), options)
        feed.reset(name, where, using=connection.alias)
        self.done(f"{name} begins anew at: {where}.")


class Rebase(Verb):
    """Goes on after a restore."""

    name = "rebase"
    help = (
        "Has a subscription go on in a database that a dump was restored into, where it was at the"
        " dump. Make sure first that the former database delivers no more."
    )
    add_arguments = staticmethod(add_name)

    def act(self, connection: BaseDatabaseWrapper, **options: Any) -> None:
        (name,) = options["names"]
        feed.rebase(name, using=connection.alias)
        self.done(f"{name} goes on in this database.")


class AcceptLoss(Verb):
    """Goes on without the events of partitions that are gone."""

    name = "accept-loss"
    help = (
        "Has a subscription go on although partitions are gone whose events it was not delivered."
    )
    add_arguments = staticmethod(add_name)

    def act(self, connection: BaseDatabaseWrapper, **options: Any) -> None:
        (name,) = options["names"]
        feed.accept_loss(name, using=connection.alias)
        self.done(f"{name} goes on with what is left.")


class Forget(Verb):
    """Drops the position of a subscription that is no more."""

    name = "forget"
    help = "Forgets the position of a subscription that the project no longer declares."

    @staticmethod
    def add_arguments(parser: argparse.ArgumentParser) -> None:
        add_name(parser)
        add_no_input(parser)

    def act(self, connection: BaseDatabaseWrapper, **options: Any) -> None:
        (name,) = options["names"]
        declared = {each.name: feed.database_of(each) for each in feed.registered()}
        if declared.get(name) == connection.alias:
            raise CommandError(
                f"{name} is declared: remove its declaration first, or run manage.py audit feed"
                " reset to have it begin anew."
            )
        confirm(_loss(name, "It is not delivered to any more.", connection), options)
        feed.forget(name, using=connection.alias)
        self.done(f"{name} is forgotten.")


def start(text: str) -> str | datetime:
    """The value of ``--start``."""
    return text if text in STARTS else moment(text)


def _loss(name: str, then: str, connection: BaseDatabaseWrapper) -> str:
    parked = sum(lane.parked for lane in feed.status(name, using=connection.alias))
    also = f" and {changes(parked)} that it parked" if parked else ""
    return f"The position of {name}{also} will be forgotten. {then}"
