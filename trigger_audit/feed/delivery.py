"""The second transaction of a poll: the handler runs, and the lane moves."""

from __future__ import annotations

import logging
import time
from asyncio import CancelledError
from collections.abc import Iterable

from django.db.backends.base.base import BaseDatabaseWrapper

from trigger_audit.context import context
from trigger_audit.exceptions import HandlerRolledBack, NoConnection, QueueUnavailable
from trigger_audit.feed import cursor, handoff, parking, rendezvous
from trigger_audit.feed.batch import Batch
from trigger_audit.feed.change import Change
from trigger_audit.feed.cursor import Cursor
from trigger_audit.feed.lease import beside, leased
from trigger_audit.feed.outcome import BUSY, DELIVERED, FAILED, PARKED, Poll, Work
from trigger_audit.subscription import PARK, STOP, Subscription

logger = logging.getLogger("trigger_audit.feed")

LONGEST_WAIT = 60.0
"""Seconds between two attempts, at most."""

RAISED = (Exception, SystemExit, CancelledError)
"""What a handler fails with: not only errors, as it may call what was made to be a program."""

PAUSES = (0.002, 0.01, 0.05)
"""Seconds to try again after, when another worker has the lease: mostly it only looks."""


def deliver(connection: BaseDatabaseWrapper, subscription: Subscription, work: Work) -> Poll:
    """The second transaction: run the handler, and move the lane."""
    try:
        poll = attempt(connection, subscription, work)
        for pause in PAUSES:
            if poll.outcome != BUSY:
                break
            time.sleep(pause)
            poll = attempt(connection, subscription, work)
        return poll
    except RAISED as error:
        return fail(connection, subscription, work, error)


def attempt(connection: BaseDatabaseWrapper, subscription: Subscription, work: Work) -> Poll:
    """One attempt, whose failure is not noted: whatever the handler raises goes on."""
    lane, changes, moved = work
    with (
        beside(connection, atomic=subscription.atomic) as own,
        leased(own, lane.subscription, lane.shard) as is_leased,
    ):
        is_same, all_flows = cursor.reread(own, lane) if is_leased else (False, False)
        if not is_same:
            return Poll(BUSY)
        flowing, held = changes, list[Change]()
        if not all_flows and not work.is_chunk:
            parking.rename(own, subscription)
            flowing, held = parking.sort(own, lane.subscription, changes)
        for shard, flown in lanes(own, lane, flowing):
            call(own, subscription, shard, flown)
        parking.park(own, lane, held)
        saved = cursor.save(own, lane, **moved, delivered=lane.delivered + len(flowing))
    is_last = not saved.is_open and saved.backfill is None
    return Poll(DELIVERED, len(flowing), position=saved.reached, is_last=is_last)


def lanes(
    connection: BaseDatabaseWrapper, lane: Cursor, changes: list[Change]
) -> Iterable[tuple[int, list[Change]]]:
    """The lanes that changes are of: in a backfill the first one has those of all."""
    if lane.backfill is None:
        return [(lane.shard, changes)]
    return rendezvous.shared_out(connection, lane.shards, changes)


def error_text(error: BaseException) -> str:
    """An error as the tables of the feed keep it."""
    try:
        text = f"{type(error).__name__}: {error}"
    except Exception:  # noqa: BLE001  # It is not ours.
        text = type(error).__name__
    return text[:2000].replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def reason(poll: Poll) -> str | None:
    """Why a poll failed, as text; None if it did not."""
    return poll.noted if poll.error is None else error_text(poll.error)


def call(
    connection: BaseDatabaseWrapper,
    subscription: Subscription,
    shard: int,
    changes: list[Change],
) -> None:
    """Call the handler, or queue it; what it writes tells of the subscription.

    :raises HandlerRolledBack: if it left a transaction that will be rolled back.
    """
    if changes:
        with context(subscription=subscription.name):
            batch = Batch(changes, subscription.name, shard=shard, using=connection.alias)
            handoff.handle(subscription.handler, batch)
    if connection.in_atomic_block and connection.needs_rollback:
        raise HandlerRolledBack(subscription.name)


def fail(
    connection: BaseDatabaseWrapper, subscription: Subscription, work: Work, error: BaseException
) -> Poll:
    """Note why a page failed. Had it been delivered all the same, nothing is noted."""
    lane = work.lane
    logger.warning("%s failed.", subscription.name, exc_info=error)
    text = error_text(error)
    with leased(connection, lane.subscription, lane.shard) as is_leased:
        if not is_leased or not cursor.reread(connection, lane)[0]:
            return Poll(FAILED, error=error)
        if isinstance(error, (NoConnection, QueueUnavailable)):
            # No change is at fault: the last attempt is never spent on it, and nothing is parked.
            spent = min(lane.attempts, subscription.attempts - 1)
            pause = backoff(subscription, lane.attempts)
            cursor.save(connection, lane, wait=pause, error=text, attempts=spent)
            return Poll(FAILED, error=error)
        if lane.isolated_to is not None:
            give_up(connection, subscription, work, text)
            return Poll(PARKED, error=error)
        is_last_attempt = lane.attempts >= subscription.attempts
        waits = not is_last_attempt or subscription.on_failure == STOP or work.is_chunk
        wait = backoff(subscription, lane.attempts) if waits else None
        cursor.save(connection, lane, wait=wait, error=text)
    return Poll(FAILED, error=error)


def give_up(
    connection: BaseDatabaseWrapper, subscription: Subscription, work: Work, error: str
) -> None:
    """Park the one change of a page, and move the lane past it."""
    lane, changes, moved = work
    blocks = subscription.on_failure == PARK
    flowing, held = parking.sort(connection, lane.subscription, changes)
    parking.park(connection, lane, held)
    failure = {"error": error, "attempts": lane.attempts, "blocks": blocks}
    parking.park(connection, lane, flowing, **failure)
    cursor.save(connection, lane, **moved)
    logger.error("%s parked %s: %s", subscription.name, changes, error)


def backoff(subscription: Subscription, attempts: int) -> float:
    """Seconds to wait after so many attempts."""
    return float(min(LONGEST_WAIT, subscription.backoff * 2 ** (attempts - 1)))
