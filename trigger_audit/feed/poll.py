"""One poll of a lane: read a page of committed changes, hand it to the handler, move on.

A page takes two transactions. The first finds it and counts the attempt, so that a handler that
ends its process is counted too. The second runs the handler and moves the lane.
"""

from __future__ import annotations

import logging
from typing import NamedTuple

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from trigger_audit.context import context
from trigger_audit.exceptions import DatabaseRestored, HandlerRolledBack, ShardsChanged
from trigger_audit.feed import (
    cursor,
    page,
    parking,
    pruning,
    registry,
    rendezvous,
    sources,
    statements,
)
from trigger_audit.feed.batch import Batch
from trigger_audit.feed.change import Change
from trigger_audit.feed.cursor import Cursor, State
from trigger_audit.feed.lease import leased
from trigger_audit.feed.page import Page
from trigger_audit.feed.statements import row
from trigger_audit.subscription import PARK, STOP, Subscription

logger = logging.getLogger("trigger_audit.feed")

LONGEST_WAIT = 60.0
"""Seconds between two attempts, at most."""

DELIVERED, CLOSED, PARKED, FAILED = "delivered", "closed", "parked", "failed"
IDLE, BUSY, PAUSED, WAITING = "idle", "busy", "paused", "waiting"


class Poll(NamedTuple):
    """What became of a poll.

    :ivar outcome: ``delivered``; ``closed``, there was no more up to when the batch before began;
        ``parked``, a change that cannot be delivered; ``failed``, the handler raised; ``idle``,
        there is nothing new; ``busy``, another worker has the lane; ``paused``; ``waiting``, after
        a failure or for another lane.
    :ivar delivered: how many changes the handler took.
    :ivar error: why it failed.
    """

    outcome: str
    delivered: int = 0
    error: BaseException | None = None

    @property
    def goes_on(self) -> bool:
        """Whether another poll may find more at once."""
        return self.outcome in (DELIVERED, CLOSED, PARKED, FAILED)


class Work(NamedTuple):
    """What the first transaction found for the second to do."""

    lane: Cursor
    page: Page


def run_once(subscription: Subscription | str, shard: int = 0, *, using: str | None = None) -> Poll:
    """Deliver the next batch of a subscription, in one lane.

    :param subscription: the subscription, or its name.
    :param using: the alias of the database, if not the subscription's own.
    :raises FeedInTransaction: if called inside of a transaction.
    :raises FeedError: if the feed cannot go on without somebody's doing; the message says what.
    """
    found = registry.get(subscription) if isinstance(subscription, str) else subscription
    connection = connections[using or registry.database_of(found)]
    statements.locate(connection)
    prepared = prepare(connection, found, shard) or prepare(connection, found, shard)
    if isinstance(prepared, Work):
        return deliver(connection, found, prepared)
    return prepared or Poll(WAITING)


def prepare(
    connection: BaseDatabaseWrapper, subscription: Subscription, shard: int
) -> Work | Poll | None:
    """The first transaction: find a page, and count the attempt to deliver it.

    A new subscription is begun, and no more: a transaction that has written leaves no mark.
    """
    with leased(connection, subscription.name, shard) as is_leased:
        if not is_leased:
            return Poll(BUSY)
        state = cursor.state(connection, subscription.name, shard)
        if state.cursor is None:
            cursor.begin(connection, subscription)
            return None
        lane = checked(subscription, state, shard)
        if lane.paused or state.is_waiting:
            return Poll(PAUSED if lane.paused else WAITING)
        lane = pruning.checked(connection, lane, state)
        return find(connection, subscription, cursor.opened(lane, state), state)


def checked(subscription: Subscription, state: State, shard: int) -> Cursor:
    """The lane, if it can go on.

    :raises DatabaseRestored: if its position is not of this database.
    :raises ShardsChanged: if the subscription has another number of lanes.
    """
    lane = state.cursor
    if lane is None or lane.shards != subscription.shards:
        begun = "" if lane is None else f", begun with {lane.shards}"
        raise ShardsChanged(f"{subscription.name}, {subscription.shards}{begun}, lane {shard}")
    if state.is_foreign or state.is_behind or state.epoch != lane.epoch:
        raise DatabaseRestored(subscription.name)
    return lane


def find(
    connection: BaseDatabaseWrapper, subscription: Subscription, lane: Cursor, state: State
) -> Work | Poll:
    """The next page of the open window."""
    found = sources.resolve(subscription, connection)
    size = 1 if lane.isolated_to is not None else subscription.batch_size
    whole = page.read(connection, lane, found, size)
    if not whole.changes:
        was_open = state.cursor is not None and state.cursor.is_open
        # Nothing is written where nothing was.
        if was_open or state.cursor is None or state.floor > state.cursor.ceiling:
            cursor.save(connection, lane, **cursor.closed(lane))
        return Poll(CLOSED if was_open else IDLE)
    ready, waits_for = rendezvous.meet(connection, lane, whole)
    if waits_for is not None and not ready.changes:
        moved = {**cursor.position(lane), "pos": ready.through, "waits_for": waits_for}
        cursor.save(connection, lane, **moved)
        return Poll(WAITING)
    return count(connection, subscription, lane, ready, state)


def count(
    connection: BaseDatabaseWrapper,
    subscription: Subscription,
    lane: Cursor,
    found: Page,
    state: State,
) -> Work | Poll:
    """Count the attempt; after too many, look for the change that fails, or park it."""
    attempts = lane.attempts + 1
    isolated_to = lane.isolated_to
    if attempts > subscription.attempts and subscription.on_failure != STOP and found.changes:
        if len(found.changes) == 1:
            error = lane.error or "The process ended while it was handled."
            give_up(connection, subscription, Work(lane, found), error)
            return Poll(PARKED)
        attempts, isolated_to = 1, found.changes[-1].row.id
        found = Page(found.changes[:1], found.changes[0].row.id, is_last=False)
    changes = {**cursor.position(lane), "attempts": attempts, "isolated_to": isolated_to}
    changes["error"] = lane.error
    # Should this process end, the next one goes on at once; should that end too, it waits.
    wait = backoff(subscription, attempts) if attempts > 1 else None
    counted = cursor.save(connection, lane, wait=wait, **changes)
    if state.mark_is_due:
        row(connection, "mark", state.floor)
    return Work(counted, found)


def deliver(connection: BaseDatabaseWrapper, subscription: Subscription, work: Work) -> Poll:
    """The second transaction: run the handler, and move the lane."""
    # Outside of an atomic subscription the handler must not find itself in the transaction.
    own = connection if subscription.atomic else connection.copy()
    lane, found = work
    try:
        with leased(own, lane.subscription, lane.shard) as is_leased:
            is_same, all_flows = cursor.reread(own, lane) if is_leased else (False, False)
            if not is_same:
                return Poll(BUSY)
            flowing, held = found.changes, list[Change]()
            if not all_flows:
                flowing, held = parking.sort(own, lane.subscription, found.changes)
            call(own, subscription, lane.shard, flowing)
            parking.park(own, lane, held)
            advance(own, work, len(flowing))
    except Exception as error:  # noqa: BLE001  # Whatever a handler raises.
        return fail(connection, subscription, work, error)
    finally:
        if own is not connection:
            own.close()
    return Poll(DELIVERED, len(flowing))


def error_text(error: BaseException) -> str:
    """An error as the tables of the feed keep it."""
    return f"{type(error).__name__}: {error}"[:2000].replace("\0", "")


def call(
    connection: BaseDatabaseWrapper,
    subscription: Subscription,
    shard: int,
    changes: list[Change],
) -> None:
    """Call the handler; what it writes tells of the subscription.

    :raises HandlerRolledBack: if it left a transaction that will be rolled back.
    """
    if changes:
        with context(subscription=subscription.name):
            batch = Batch(changes, subscription.name, shard=shard, using=connection.alias)
            subscription.handler(batch)
    if connection.in_atomic_block and connection.needs_rollback:
        raise HandlerRolledBack(subscription.name)


def advance(connection: BaseDatabaseWrapper, work: Work, delivered: int) -> None:
    """Move the lane past a page."""
    lane, found = work
    if found.is_last:
        moved = cursor.closed(lane)
    else:
        moved = {**cursor.position(lane), "pos": found.through}
        if lane.isolated_to is not None and found.through < lane.isolated_to:
            moved["isolated_to"] = lane.isolated_to
    cursor.save(connection, lane, **moved, delivered=lane.delivered + delivered)


def fail(
    connection: BaseDatabaseWrapper, subscription: Subscription, work: Work, error: Exception
) -> Poll:
    """Note why a page failed. Had it been delivered all the same, nothing is noted."""
    lane, _ = work
    logger.warning("%s failed.", subscription.name, exc_info=error)
    text = error_text(error)
    with leased(connection, lane.subscription, lane.shard) as is_leased:
        if not is_leased or not cursor.reread(connection, lane)[0]:
            return Poll(FAILED, error=error)
        if lane.isolated_to is not None:
            give_up(connection, subscription, work, text)
            return Poll(PARKED, error=error)
        is_last_attempt = lane.attempts >= subscription.attempts
        waits = not is_last_attempt or subscription.on_failure == STOP
        wait = backoff(subscription, lane.attempts) if waits else None
        cursor.save(connection, lane, wait=wait, error=text)
    return Poll(FAILED, error=error)


def give_up(
    connection: BaseDatabaseWrapper, subscription: Subscription, work: Work, error: str
) -> None:
    """Park the one change of a page, and move the lane past it."""
    lane, found = work
    blocks = subscription.on_failure == PARK
    flowing, held = parking.sort(connection, lane.subscription, found.changes)
    parking.park(connection, lane, held)
    failure = {"error": error, "attempts": lane.attempts, "blocks": blocks}
    parking.park(connection, lane, flowing, **failure)
    advance(connection, work, 0)
    logger.error("%s parked %s: %s", subscription.name, found.changes, error)


def backoff(subscription: Subscription, attempts: int) -> float:
    """Seconds to wait after so many attempts."""
    return float(min(LONGEST_WAIT, subscription.backoff * 2 ** (attempts - 1)))
