"""How far subscriptions came, and what keeps them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from trigger_audit.exceptions import TriggerAuditError
from trigger_audit.feed import cursor, poll, pruning, registry, sources, statements
from trigger_audit.feed.cursor import Cursor
from trigger_audit.feed.lease import lane_name
from trigger_audit.feed.sources import Source
from trigger_audit.feed.statements import rows
from trigger_audit.subscription import Subscription

MOST = 100_000
"""Up to how many undelivered events are counted."""


@dataclass(frozen=True)
class LaneStatus:
    """How far one lane of a subscription came.

    :ivar state: ``new``, never begun; ``running``; ``backfilling``; ``paused``; ``failing``, it
        waits after a failure; ``stopped``, somebody has to do something, and ``error`` says what;
        ``undeclared``, the project no longer has the subscription.
    :ivar position: no event that was delivered has a greater id.
    :ivar lag_events: how many events are committed and not delivered; None if that is unknown. At
        most :data:`MOST` are counted.
    :ivar lag_seconds: the age of the oldest of them.
    :ivar failed: how many parked changes failed; ``parked`` counts those that wait for them too,
        and ``parked_keys`` the rows that they are of.
    :ivar pid: the session that is delivering.
    """

    subscription: str
    database: str
    shard: int
    shards: int
    state: str
    position: int = 0
    lag_events: int | None = None
    lag_seconds: float | None = None
    delivered: int = 0
    failed: int = 0
    parked: int = 0
    parked_keys: int = 0
    attempts: int = 0
    error: str | None = None
    retry_at: str | None = None
    moved_at: str | None = None
    pid: int | None = None


@dataclass(frozen=True)
class Blocker:
    """A transaction that is open for long: what it wrote comes when it ends."""

    pid: int | None
    gid: str | None
    role: str
    application: str
    state: str
    since: datetime
    query: str


@dataclass(frozen=True)
class Failure:
    """A parked change that failed, and how many changes of its row wait for it."""

    event_id: int
    model: str
    object_id: str | None
    attempts: int
    error: str
    at: datetime
    waiting: int


def status(*names: str, using: str = "default") -> list[LaneStatus]:
    """Each lane of the subscriptions of a database, or of those named."""
    found: list[LaneStatus] = []
    for name, subscription in known(using).items():
        if not names or name in names:
            found.extend(_status(connections[using], name, subscription))
    return found


def known(using: str = "default") -> dict[str, Subscription | None]:
    """The subscriptions of a database by name; None for those begun that nobody declares."""
    connection = connections[using]
    statements.locate(connection)
    declared = {
        each.name: each for each in registry.registered() if registry.database_of(each) == using
    }
    begun = {name for name, _ in rows(connection, "names")}
    return {name: declared.get(name) for name in sorted(begun | declared.keys())}


def _status(
    connection: BaseDatabaseWrapper, name: str, subscription: Subscription | None
) -> list[LaneStatus]:
    lanes = cursor.lanes(connection, name)
    if not lanes and subscription is not None:
        return [
            LaneStatus(name, connection.alias, shard, subscription.shards, "new")
            for shard in range(subscription.shards)
        ]
    holders = dict(rows(connection, "holders", [lane_name(name, lane.shard) for lane in lanes]))
    parked = {(of, shard): counts for of, shard, *counts in rows(connection, "parked_summary")}
    return [
        _lane(connection, lane, subscription, parked.get((name, lane.shard), (0, 0, 0)), holders)
        for lane in lanes
    ]


def _lane(
    connection: BaseDatabaseWrapper,
    lane: Cursor,
    subscription: Subscription | None,
    parked: Any,
    holders: dict[str, int],
) -> LaneStatus:
    state, error, (lag_events, lag_seconds) = _state(connection, lane, subscription)
    failed, waiting, keys = parked
    return LaneStatus(
        subscription=lane.subscription,
        database=connection.alias,
        shard=lane.shard,
        shards=lane.shards,
        state=state,
        position=lane.reached,
        lag_events=lag_events,
        lag_seconds=lag_seconds,
        delivered=lane.delivered,
        failed=failed,
        parked=waiting,
        parked_keys=keys,
        attempts=lane.attempts,
        error=error,
        retry_at=lane.retry_at,
        moved_at=lane.moved_at,
        pid=holders.get(lane_name(lane.subscription, lane.shard)),
    )


def _state(
    connection: BaseDatabaseWrapper, lane: Cursor, subscription: Subscription | None
) -> tuple[str, str | None, tuple[int | None, float | None]]:
    if subscription is None:
        return "undeclared", None, (None, None)
    try:
        found = sources.resolve(subscription, connection)
        lag = _lag(connection, lane, found)
        # What would stop a poll.
        from_state = cursor.state(connection, lane.subscription, lane.shard)
        poll.checked(subscription, from_state, lane.shard)
        pruning.refuse_losses(lane, from_state)
        poll.refuse_moves(lane, found)
    except TriggerAuditError as error:
        return "stopped", str(error), (None, None)
    if lane.paused:
        return "paused", lane.error, lag
    if lane.error is not None:
        return "failing", lane.error, lag
    return "backfilling" if lane.backfill is not None else "running", None, lag


def _lag(connection: BaseDatabaseWrapper, lane: Cursor, found: list[Source]) -> tuple[int, float]:
    wanted = json.dumps([source.as_json() for source in found])
    ((events, seconds),) = rows(connection, "lag", wanted, MOST, lane.subscription, lane.shard)
    return min(events, MOST), seconds


def failures(name: str, *, most: int = 100, using: str = "default") -> list[Failure]:
    """The changes that a subscription parked because they failed, in order."""
    connection = connections[using]
    statements.locate(connection)
    return [Failure(*found) for found in rows(connection, "parked_events", name, most)]


def blockers(*, seconds: float = 5, using: str = "default") -> list[Blocker]:
    """Transactions that have written and are open for so many seconds, and prepared ones."""
    return [Blocker(*found) for found in rows(connections[using], "blockers", seconds)]
