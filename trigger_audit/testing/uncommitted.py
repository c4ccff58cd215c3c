"""The changes of a transaction that is never committed, as a ``TestCase`` is one.

No snapshot sees them as committed. But a window needs no more than two numbers of transactions:
between them is the test's own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from trigger_audit.feed import delivery, page, rendezvous, sources
from trigger_audit.feed.cursor import Cursor
from trigger_audit.feed.page import Page
from trigger_audit.feed.statements import row
from trigger_audit.subscription import Subscription


def deliver(connection: BaseDatabaseWrapper, subscription: Subscription) -> int:
    """Deliver what there is of the open transaction now; how many changes that were."""
    name = subscription.name
    delivered = 0
    for whole in _pages(connection, subscription):
        # As the feed does: what an atomic handler did goes with its failure.
        atomic = transaction.atomic(connection.alias) if subscription.atomic else nullcontext()
        with atomic:
            for shard, changes in rendezvous.shared_out(
                connection, subscription.shards, whole.changes
            ):
                delivery.call(connection, subscription, shard, changes)
            row(connection, "drained", name, whole.through)
        delivered += len(whole.changes)
    return delivered


def _pages(connection: BaseDatabaseWrapper, subscription: Subscription) -> Iterator[Page]:
    """What comes after the former drains, up to the present event."""
    name = subscription.name
    found = row(connection, "uncommitted", name, name)
    if found is None:
        return
    lane = Cursor(**json.loads(found[0]))
    read = sources.resolve(subscription, connection)
    while lane.pos < lane.ceiling:
        whole = page.read(connection, lane, read, subscription.batch_size)
        yield whole
        lane = replace(lane, pos=whole.through)
