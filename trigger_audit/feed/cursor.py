"""Where a lane stands."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper

from trigger_audit.feed import registry
from trigger_audit.feed.statements import row, rows
from trigger_audit.subscription import BACKFILL, LATEST, Subscription


@dataclass(frozen=True)
class Cursor:
    """A row of ``trigger_audit_feed_cursor``, whose comments say what each column is."""

    subscription: str
    shard: int
    shards: int
    epoch: int
    lo: str
    hi: str | None
    ceiling: int
    pos: int
    base: int
    rebased: bool
    since: str | None
    backfill: dict[str, Any] | None
    schemas: dict[str, str]
    partitions: dict[str, int | None]
    partitions_at: str
    waits_for: int | None
    paused: bool
    attempts: int
    isolated_to: int | None
    retry_at: str | None
    error: str | None
    delivered: int
    moved_at: str

    @property
    def is_open(self) -> bool:
        """Whether a window is."""
        return self.hi is not None or not self.rebased

    @property
    def reached(self) -> int:
        """No event that was delivered has a greater id."""
        return self.pos if self.is_open else self.ceiling


class State(NamedTuple):
    """Where a lane stands, and the window that could be opened: a short one ends in the past."""

    hi: str
    ceiling: int
    is_short: bool
    floor: int
    start: int
    epoch: int
    is_foreign: bool
    is_behind: bool
    is_waiting: bool
    is_in_hand: bool
    partitions: list[str]
    mark_is_due: bool
    is_stale: bool
    cursor: Cursor | None


def state(connection: BaseDatabaseWrapper, subscription: str, shard: int) -> State:
    """Everything that a poll begins with, in one statement."""
    *others, found = row(connection, "state", subscription, shard)
    lane = None if found is None else Cursor(**json.loads(found))
    return State._make([*others, lane])


def read(connection: BaseDatabaseWrapper, subscription: str, shard: int) -> Cursor | None:
    """Where a lane stands; None if it never began."""
    found = row(connection, "cursor", subscription, shard)
    return None if found is None else Cursor(**json.loads(found[0]))


def reread(connection: BaseDatabaseWrapper, lane: Cursor) -> tuple[bool, bool]:
    """Whether a lane stands where it stood, and whether its subscription has parked nothing."""
    found = row(connection, "cursor", lane.subscription, lane.shard)
    if found is None:
        return False, False
    return Cursor(**json.loads(found[0])) == lane, bool(found[1])


def lanes(connection: BaseDatabaseWrapper, subscription: str) -> list[Cursor]:
    """Where all lanes of a subscription stand."""
    return [Cursor(**json.loads(found)) for (found,) in rows(connection, "all_lanes", subscription)]


def begin(connection: BaseDatabaseWrapper, subscription: Subscription) -> None:
    """Make the lanes of a new subscription, unless another worker did."""
    start = subscription.start
    since = start.isoformat() if isinstance(start, datetime) else None
    labels = [model._meta.label_lower for model in registry.models_of(subscription)]
    backfill = json.dumps(begun(labels)) if start == BACKFILL else None
    row(
        connection,
        "begin",
        subscription.name,
        subscription.shards,
        start not in (LATEST, BACKFILL),
        since,
        backfill,
    )


def save(
    connection: BaseDatabaseWrapper, lane: Cursor, *, wait: float | None = None, **changes: Any
) -> Cursor:
    """Write what is new of a lane, which waits for so many seconds."""
    parameters = (wait, json.dumps(changes), lane.subscription, lane.shard)
    (found,) = row(connection, "save", *parameters)
    saved = Cursor(**json.loads(found))
    if lane.backfill is not None and saved.backfill is None:
        row(connection, "hand_over", lane.subscription)
    return saved


def opened(lane: Cursor, state: State) -> Cursor:
    """The lane with a window that is open: the one that was, or the next one."""
    if lane.hi is not None:
        return lane
    if not lane.rebased:
        return replace(lane, ceiling=lane.base)
    return replace(lane, hi=state.hi, ceiling=state.ceiling, pos=state.start)


def position(lane: Cursor) -> dict[str, Any]:
    """The part of the open window that was delivered."""
    window = {"hi": lane.hi, "ceiling": lane.ceiling, "pos": lane.pos}
    return {**window, "backfill": lane.backfill, **SETTLED}


def passed(
    lane: Cursor, through: int, *, is_last: bool, isolated_to: int | None = None
) -> dict[str, Any]:
    """The open window is delivered up to an id, or wholly."""
    if is_last:
        return closed(lane)
    last = lane.isolated_to if isolated_to is None else isolated_to
    moved = {**position(lane), "pos": through}
    return moved if last is None or through >= last else {**moved, "isolated_to": last}


def closed(lane: Cursor) -> dict[str, Any]:
    """The window is delivered; what came with a dump is never looked at again."""
    if lane.hi is None:
        return {"lo": NOTHING, "rebased": True, "ceiling": lane.ceiling, **SETTLED}
    moved = {"lo": lane.hi, "hi": None, "pos": 0, "ceiling": lane.ceiling, **SETTLED}
    return {**moved, "backfill": after_window(lane.backfill)}


def begun(labels: Iterable[str]) -> dict[str, Any]:
    """How a backfill begins. ``models`` are those that are not delivered yet, in order."""
    return {"models": list(labels), "after": None, "next": None, "ended": False}


def after_window(backfill: dict[str, Any] | None) -> dict[str, Any] | None:
    """How a backfill goes on after a window; None at its end."""
    if backfill is None:
        return None
    if not backfill["ended"]:
        return {**backfill, "after": backfill["next"]}
    rest = backfill["models"][1:]
    return begun(rest) if rest else None


NOTHING = "1:1:"
"""A snapshot that sees nothing."""

SETTLED: dict[str, Any] = {"attempts": 0, "isolated_to": None, "waits_for": None, "error": None}
