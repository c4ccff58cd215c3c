"""One poll of a lane: read a page of committed changes, hand it to the handler, move on.

A page takes two transactions. The first finds it and counts the attempt, so that a handler that
ends its process is counted too. The second runs the handler and moves the lane.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from trigger_audit.exceptions import DatabaseRestored, SchemaChanged, ShardsChanged
from trigger_audit.feed import (
    backfill,
    cursor,
    page,
    pruning,
    registry,
    rendezvous,
    sources,
    statements,
)
from trigger_audit.feed.cursor import Cursor, State
from trigger_audit.feed.delivery import backoff, deliver, give_up
from trigger_audit.feed.lease import leased
from trigger_audit.feed.outcome import BUSY, CLOSED, IDLE, PARKED, PAUSED, WAITING, Poll, Work
from trigger_audit.feed.page import Page
from trigger_audit.feed.sources import Source
from trigger_audit.feed.statements import row
from trigger_audit.subscription import STOP, Subscription

UNTOUCHED = 0.25
"""Seconds for which others leave a lane alone whose lease is free between two transactions."""


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
        if subscription.shards > 1:
            rendezvous.open_in_turn(connection, subscription.name, shard)
        state = cursor.state(connection, subscription.name, shard)
        if state.cursor is None:
            cursor.begin(connection, subscription)
            return None
        lane = checked(subscription, state, shard)
        # In a backfill the first lane has the rows of all, until they can go on side by side.
        is_led = lane.backfill is not None and lane.shard > 0
        if lane.paused or state.is_waiting or is_led:
            return Poll(PAUSED if lane.paused else WAITING)
        lane = pruning.checked(connection, lane, state)
        return find(connection, subscription, lane, state)


def checked(subscription: Subscription, state: State, shard: int) -> Cursor:
    """The lane, if it can go on.

    :raises DatabaseRestored: if its position is not of this database.
    :raises ShardsChanged: if the subscription has another number of lanes.
    :raises BackfillChanged: if it no longer has a model whose rows are still to come.
    """
    lane = state.cursor
    if lane is None or lane.shards != subscription.shards:
        begun = "" if lane is None else f", begun with {lane.shards}"
        raise ShardsChanged(f"{subscription.name}, {subscription.shards}{begun}, lane {shard}")
    if state.is_foreign or state.is_behind or state.epoch != lane.epoch:
        raise DatabaseRestored(subscription.name)
    backfill.checked(subscription, lane)
    return lane


def find(
    connection: BaseDatabaseWrapper, subscription: Subscription, lane: Cursor, state: State
) -> Work | Poll:
    """What is next: a chunk of a backfill, or a page of the window."""
    found = sources.resolve(subscription, connection)
    lane = in_place(connection, lane, found)
    if lane.backfill is not None:
        lane = replace(lane, shards=1)
    was_open = lane.is_open
    if lane.backfill is not None and not was_open:
        lane, changes = backfill.step(connection, lane, found, subscription.batch_size)
        if changes:
            # Until it is delivered no window is open: tried again, it is read again.
            work = Work(lane, changes, cursor.position(lane))
            return count(connection, subscription, work, state, before={})
    lane = cursor.opened(lane, state)
    size = 1 if lane.isolated_to is not None else subscription.batch_size
    whole = page.read(connection, lane, found, size)
    if not whole.changes:
        goes_on = was_open or lane.backfill is not None or state.is_short
        # Nothing is written where nothing was.
        if goes_on or state.floor > lane_ceiling(state):
            cursor.save(connection, lane, **cursor.closed(lane))
        return Poll(CLOSED if goes_on else IDLE)
    return find_ready(connection, subscription, lane, whole, state)


def in_place(connection: BaseDatabaseWrapper, lane: Cursor, found: list[Source]) -> Cursor:
    """The lane, if its tables are in the schemas that they were in; it notes those of new ones."""
    refuse_moves(lane, found)
    schemas = sources.schemas(found)
    return lane if lane.schemas == schemas else cursor.save(connection, lane, schemas=schemas)


def refuse_moves(lane: Cursor, found: list[Source]) -> None:
    """Nothing, unless a table is in another schema than before.

    Tenants may share the audit table: the search path of one must not pass by the events of others.

    :raises SchemaChanged: if so.
    """
    for model, schema in sources.schemas(found).items():
        if (before := lane.schemas.get(model, schema)) != schema:
            raise SchemaChanged(f"{lane.subscription}: {model} was in {before}, and is in {schema}")


def find_ready(
    connection: BaseDatabaseWrapper,
    subscription: Subscription,
    lane: Cursor,
    whole: Page,
    state: State,
) -> Work | Poll:
    """The part of a page that other lanes do not have to deliver first."""
    ready, waits_for = rendezvous.meet(connection, lane, whole)
    changes = backfill.wanted(connection, lane, ready.changes)
    if waits_for is not None and not changes:
        moved = {**cursor.position(lane), "pos": ready.through, "waits_for": waits_for}
        cursor.save(connection, lane, **moved)
        return Poll(WAITING)
    work = Work(lane, changes, cursor.passed(lane, ready.through, is_last=ready.is_last))
    return count(connection, subscription, work, state, cursor.position(lane))


def lane_ceiling(state: State) -> int:
    """Up to which id a lane has looked."""
    return state.cursor.ceiling if state.cursor else 0


def count(
    connection: BaseDatabaseWrapper,
    subscription: Subscription,
    work: Work,
    state: State,
    before: dict[str, Any],
) -> Work | Poll:
    """Count the attempt; after too many, look for the change that fails, or park it."""
    lane, changes, moved = work
    attempts, isolated_to = lane.attempts + 1, lane.isolated_to
    is_spent = attempts > subscription.attempts and subscription.on_failure != STOP
    if is_spent and changes and not work.is_chunk:
        if state.is_in_hand:
            # Its worker may be between the two transactions, and be alive.
            return Poll(WAITING)
        if len(changes) == 1:
            error = lane.error or "The process ended while it was handled."
            give_up(connection, subscription, work, error)
            return Poll(PARKED, noted=error)
        attempts, isolated_to = 1, changes[-1].row.id
        changes = changes[:1]
        moved = cursor.passed(lane, changes[0].row.id, is_last=False, isolated_to=isolated_to)
    noted = {"attempts": attempts, "isolated_to": isolated_to, "error": lane.error}
    # Should this process end, the next one goes on at once; should that end too, it waits.
    wait = backoff(subscription, attempts)
    if attempts == 1:
        wait = min(wait, UNTOUCHED)
    counted = cursor.save(connection, lane, wait=wait, **{**before, **noted})
    if state.mark_is_due:
        row(connection, "mark", state.floor)
    return Work(counted, changes, moved)
