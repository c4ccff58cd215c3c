"""Committed changes, delivered by the feed itself, except that what fails is the test's to see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from django.db.backends.base.base import BaseDatabaseWrapper

from trigger_audit.feed import cursor, delivery, poll
from trigger_audit.feed.lease import leased
from trigger_audit.feed.outcome import BUSY, CLOSED, Work
from trigger_audit.subscription import EARLIEST, STOP, Subscription


def deliver(connection: BaseDatabaseWrapper, subscription: Subscription) -> int:
    """Deliver one window in each lane; how many changes that were."""
    # A flush at the end of each test empties the audit table: all there is, is of this test.
    tested = replace(subscription, start=EARLIEST, on_failure=STOP, backoff=0)
    for lane in cursor.lanes(connection, subscription.name):
        if lane.retry_at is not None:
            cursor.save(connection, lane)
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
            yield delivery.hand_over(connection, subscription, found).delivered
            if found.moved["hi"] is None:
                return
        elif found is not None and found.outcome == BUSY:
            # A worker of the test is at it.
            with leased(connection, subscription.name, shard, wait=True):
                continue
        elif found is not None and found.outcome != CLOSED:
            return
