"""What an operator does with a subscription."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from trigger_audit.exceptions import (
    DatabaseRestored,
    FeedError,
    NeverBegun,
    UnknownSubscription,
)
from trigger_audit.feed import cursor, pruning, registry, statements
from trigger_audit.feed.cursor import Cursor
from trigger_audit.feed.lease import lease, read_committed
from trigger_audit.feed.statements import row, rows


def pause(name: str, *, using: str | None = None) -> None:
    """Have a subscription wait, also over restarts; what is being delivered is finished.

    One that was never begun begins, and waits: what is written from then on is delivered when it
    goes on.

    :raises UnknownSubscription: if it is neither declared nor begun.
    """
    connection = connections[using or _database_of(name)]
    statements.locate(connection)
    declared = registry.find(name)
    if not rows(connection, "set_paused", True, name):
        if declared is None or registry.database_of(declared) != connection.alias:
            raise never_begun(name, connection)
        cursor.begin(connection, declared)
        rows(connection, "set_paused", True, name)


def resume(name: str, *, using: str | None = None) -> None:
    """Have a subscription go on; one that waits after a failure tries at once.

    :raises UnknownSubscription: if it was never begun.
    """
    connection = connections[using or _database_of(name)]
    statements.locate(connection)
    if not rows(connection, "set_paused", False, name):
        raise never_begun(name, connection)


def reset(name: str, start: str | datetime | None = None, *, using: str | None = None) -> None:
    """Begin anew, with the shards that are declared; what is parked is forgotten.

    :param start: where, as in :func:`trigger_audit.subscribe`; by default as declared there.
    :raises UnknownSubscription: if there is no such subscription.
    """
    subscription = registry.get(name)
    if start is not None:
        subscription = replace(subscription, start=start)
    using = using or registry.database_of(subscription)
    with alone(name, using, new=subscription.shards) as (connection, _):
        row(connection, "forget", name)
        cursor.begin(connection, subscription)


def forget(name: str, *, using: str | None = None) -> None:
    """Forget a subscription that is no longer declared: its position keeps marks from going.

    :raises UnknownSubscription: if it was never begun.
    """
    with alone(name, using) as (connection, _):
        row(connection, "forget", name)


def accept_loss(name: str, *, using: str | None = None) -> None:
    """Go on although partitions are gone whose events were not delivered.

    :raises UnknownSubscription: if it was never begun.
    """
    with alone(name, using) as (connection, lanes):
        for lane in lanes:
            pruning.noted(connection, lane)


def rebase(name: str, *, using: str | None = None) -> None:
    """Go on in a database that a dump was restored into, where the position was at the dump.

    What came with the dump and was not delivered is delivered by its ids, and then what is written
    here. Keys of idempotency are of a new epoch from then on.

    :raises UnknownSubscription: if it was never begun.
    :raises DatabaseRestored: if ids are given again that were delivered, as after a failover that
        lost the latest commits: nobody knows which events came instead.
    """
    with alone(name, using) as (connection, lanes):
        _, _, is_foreign = row(connection, "origin")
        if is_foreign:
            row(connection, "renew")
        epoch, restored_to, _ = row(connection, "origin")
        for lane in lanes:
            if lane.epoch != epoch:
                moved = pruning.noted(connection, lane)
                cursor.save(connection, moved, epoch=epoch, base=restored_to, rebased=False)
        if cursor.state(connection, name, 0).is_behind:
            raise DatabaseRestored(
                f"{name}: ids are given again, and only a reset to a moment helps"
            )


@contextmanager
def alone(
    name: str, using: str | None, *, new: int = 0
) -> Iterator[tuple[BaseDatabaseWrapper, list[Cursor]]]:
    """A transaction with the leases of all lanes, when their workers let go of them.

    :param new: how many lanes there will be; 0 if only those that there are concern anybody.
    """
    connection = connections[using or _database_of(name)]
    statements.locate(connection)
    with read_committed(connection):
        lanes = cursor.lanes(connection, name)
        if not lanes and not new:
            raise never_begun(name, connection)
        for shard in sorted({lane.shard for lane in lanes} | {*range(new)}):
            lease(connection, name, shard, wait=True)
        yield connection, cursor.lanes(connection, name)


def never_begun(name: str, connection: BaseDatabaseWrapper) -> FeedError:
    """What is raised for a subscription that has no position."""
    detail = f"{name!r} was never begun in {connection.alias!r}"
    if registry.find(name) is not None:
        return NeverBegun(detail)
    known = [each for each, _ in rows(connection, "names")]
    return UnknownSubscription(f"{detail}; {registry.hint(name, known)}")


def _database_of(name: str) -> str:
    declared = registry.find(name)
    return "default" if declared is None else registry.database_of(declared)
