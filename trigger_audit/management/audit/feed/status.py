"""``manage.py audit feed status``: how far subscriptions came, and what keeps them."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import Any, NamedTuple

from django.core.management.base import CommandError
from django.core.serializers.json import DjangoJSONEncoder
from django.db.backends.base.base import BaseDatabaseWrapper

from trigger_audit import feed
from trigger_audit.feed import Blocker, Failure, LaneStatus
from trigger_audit.feed.registry import find
from trigger_audit.management.audit.feed.parked import ALL
from trigger_audit.management.audit.feed.report import Report
from trigger_audit.management.audit.feed.verb import Verb


class Found(NamedTuple):
    """What there is to tell: ``failures`` by subscription."""

    lanes: list[LaneStatus]
    failures: dict[str, list[Failure]]
    blockers: list[Blocker]


class Status(Verb):
    """Tells of each lane, and fails if somebody has to do something."""

    name = "status"
    help = (
        "Shows how far each lane of the subscriptions came, what failed, and which transactions"
        " are open for long. The exit code is 1 if a subscription needs somebody to do something:"
        " it is stopped, or has parked changes that failed, or fails again and again."
    )

    @staticmethod
    def add_arguments(parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "names", nargs="*", metavar="NAME", help="Of these alone. Defaults to all."
        )
        parser.add_argument("--format", choices=["text", "json"], default="text")
        parser.add_argument(
            "--open-for",
            type=float,
            default=5.0,
            metavar="SECONDS",
            help="Show the transactions that are open for so long. Defaults to %(default)s.",
        )

    def act(self, connection: BaseDatabaseWrapper, **options: Any) -> None:
        found = _find(connection.alias, options["names"], options["open_for"])
        if options["format"] == "json":
            self.stdout.write(_as_json(found))
        else:
            Report(self.stdout, self.style).write(*found)
        if stuck := sorted({lane.subscription for lane in found.lanes if is_stuck(lane)}):
            raise CommandError(
                f"Somebody has to see to {', '.join(stuck)}.",
                returncode=1,
            )


def _find(using: str, names: list[str], open_for: float) -> Found:
    lanes = feed.status(*names, using=using)
    failing = dict.fromkeys(lane.subscription for lane in lanes if lane.failed)
    failures = {name: feed.failures(name, most=ALL, using=using) for name in failing}
    return Found(lanes, failures, feed.blockers(seconds=open_for, using=using))


def is_stuck(lane: LaneStatus) -> bool:
    """Whether nothing that a worker does mends it."""
    declared = find(lane.subscription)
    fails_for_ever = (
        lane.state == "failing" and declared is not None and lane.attempts >= declared.attempts
    )
    return lane.state == "stopped" or lane.failed > 0 or fails_for_ever


def _as_json(found: Found) -> str:
    told = {
        "lanes": [{**asdict(lane), "needs_operator": is_stuck(lane)} for lane in found.lanes],
        "failures": [
            {"subscription": name, **asdict(failure)}
            for name, failures in found.failures.items()
            for failure in failures
        ],
        "blockers": [asdict(blocker) for blocker in found.blockers],
    }
    return json.dumps(told, indent=2, cls=DjangoJSONEncoder)
