"""Committed changes, delivered by the feed itself, except that what fails is the test's to see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from django.db.backends.base.base import BaseDatabaseWrapper

from trigger_audit.feed import cursor, delivery, poll
from trigger_audit.feed.lease import leased
from trigger_audit.feed.outcome import BUSY, CLOSED, WAITING, Poll, Work
from trigger_audit.subscription import EARLIEST, STOP, Subscription


def deliver(connection: BaseDatabaseWrapper, subscription: Subscription) -> int:
    """Deliver one window in each lane; how many changes that were."""
    # A flush at the end of each test empties the audit table: all there is, is of this test.
    tested = replace(subscription, start=EARLIEST, on_failure=STOP, backoff=0)
    # In the first turn lanes that wait for each other may do no more than arrive.
    lanes = [*range(subscription.shards)] * (1 if subscription.shards == 1 else 2)
    return sum(sum(_window(connection, tested, shard)) for shard in lanes)


def _window(
    connection: BaseDatabaseWrapper, subscription: Subscription, shard: int
) -> Iterator[int]:
    """Deliver until the window is closed: how many changes each batch had."""
    while True:
        found = poll.prepare(connection, subscription, shard)
        if isinstance(found, Work):
            yield delivery.attempt(connection, subscription, found).delivered
            if found.moved["hi"] is None:
                return
        elif found is not None and not _goes_on(connection, subscription, shard, found):
            return


def _goes_on(
    connection: BaseDatabaseWrapper, subscription: Subscription, shard: int, found: Poll
) -> bool:
    """Whether there is more to do now; if need be, when a worker of the test is done."""
    if found.outcome == BUSY:
        with leased(connection, subscription.name, shard, wait=True):
            return True
    if found.outcome == WAITING:
        lane = cursor.read(connection, subscription.name, shard)
        if lane is not None and lane.retry_at is not None:
            # Not for other lanes, but for a time to pass, after a failure that a test has seen.
            cursor.save(connection, lane)
            return True
    return found.outcome == CLOSED
