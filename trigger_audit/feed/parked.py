"""Parked changes, tried again or let go of."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import NamedTuple

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from trigger_audit.exceptions import NotFailed
from trigger_audit.feed import cursor, parking, registry, sources, statements
from trigger_audit.feed.change import Change, Row
from trigger_audit.feed.delivery import RAISED, call, error_text
from trigger_audit.feed.lease import beside, leased
from trigger_audit.feed.sources import Source
from trigger_audit.feed.statements import row, rows
from trigger_audit.subscription import Subscription

logger = logging.getLogger("trigger_audit.feed")

PAGE = 500


class Retried(NamedTuple):
    """How many parked changes were delivered, and how many stay."""

    delivered: int
    parked: int


def retry(name: str, *, using: str | None = None) -> Retried:
    """Deliver what a subscription has parked, in order for each row, one by one.

    A row whose change fails again stays parked with all its later ones; the others flow on. Workers
    may run meanwhile: a lane waits while one of its parked changes is being delivered.

    :raises UnknownSubscription: if there is no such subscription.
    :raises FeedInTransaction: if called inside of a transaction.
    """
    subscription = registry.get(name)
    connection = connections[using or registry.database_of(subscription)]
    statements.locate(connection)
    parking.rename(connection, subscription)
    delivered = parked = 0
    for shard, change in _parked(connection, subscription):
        is_delivered = change is not None and _retry(connection, subscription, shard, change)
        delivered += is_delivered
        parked += not is_delivered
    return Retried(delivered, parked)


def skip(name: str, *event_ids: int, using: str | None = None) -> Retried:
    """Let go of changes that failed, and deliver the later ones of their rows.

    :param event_ids: of which events; all that failed, if none is given.
    :raises UnknownSubscription: if there is no such subscription.
    :raises NotFailed: if one of the events is none that failed; then nothing is done.
    :raises FeedInTransaction: if called inside of a transaction.
    """
    subscription = registry.get(name)
    connection = connections[using or registry.database_of(subscription)]
    statements.locate(connection)
    failed = [found for (found,) in rows(connection, "failed", name)]
    if strange := [str(each) for each in event_ids if each not in failed]:
        raise NotFailed(f"{name}: {', '.join(strange)}")
    for event_id in event_ids or failed:
        if row(connection, "unpark", name, event_id):
            logger.warning("%s skips event %s.", name, event_id)
    return retry(name, using=using)


def _parked(
    connection: BaseDatabaseWrapper, subscription: Subscription
) -> Iterator[tuple[int, Change | None]]:
    """What each lane has parked, in order: a change of one may wait for that of another.

    None for a change whose event or whose table is gone.
    """
    lane = cursor.read(connection, subscription.name, 0)
    prefix = f"{subscription.name}:{lane.epoch if lane else 1}"
    found = sources.resolve(subscription, connection)
    last = 0
    while page := rows(connection, "parked", subscription.name, last, PAGE):
        for *event, model, shard in page:
            last = event[0]
            source = _source(found, Row(*event), model)
            change = Change(Row(*event), source, prefix, connection.alias) if source else None
            if change is None:
                note = "The event is gone, or its model is none of the subscription's."
                row(connection, "fail_parked", note, subscription.name, last)
            yield shard, change


def _source(found: list[Source], event: Row, model: str) -> Source | None:
    for source in found:
        is_held = source.holds(event.id, event.table_schema, event.table_name)
        if is_held and source.model._meta.label_lower == model:
            return source
    return None


def _retry(
    connection: BaseDatabaseWrapper, subscription: Subscription, shard: int, change: Change
) -> bool:
    """Deliver one change, unless it waits for an earlier one."""
    name, event_id = subscription.name, change.row.id
    with leased(connection, name, shard, wait=True):
        if row(connection, "count_parked", name, event_id) is None:
            return False
    try:
        with (
            beside(connection, atomic=subscription.atomic) as own,
            leased(own, name, shard, wait=True),
        ):
            # Another may have delivered it meanwhile.
            if row(own, "unpark", name, event_id):
                call(own, subscription, shard, [change])
    except RAISED as error:
        logger.warning("%s failed again.", name, exc_info=error)
        row(connection, "fail_parked", error_text(error), name, event_id)
        return False
    return True
