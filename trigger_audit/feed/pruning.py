"""Whether partitions are gone that a lane had not read to the end."""

from __future__ import annotations

import json

from django.db.backends.base.base import BaseDatabaseWrapper

from trigger_audit.exceptions import EventsPruned
from trigger_audit.feed import cursor
from trigger_audit.feed.cursor import Cursor, State
from trigger_audit.feed.statements import row, rows


def checked(connection: BaseDatabaseWrapper, lane: Cursor, state: State) -> Cursor:
    """The lane, if nothing is lost to it; from time to time it notes what there is.

    :raises EventsPruned: if events that were not delivered may be gone.
    """
    refuse_losses(lane, state)
    if state.is_stale or set(state.partitions) != lane.partitions.keys():
        return noted(connection, lane)
    return lane


def refuse_losses(lane: Cursor, state: State) -> None:
    """Nothing, unless events that were not delivered may be gone.

    :raises EventsPruned: if so.
    """
    if missing := lost(lane, state):
        raise EventsPruned(f"{lane.subscription}, {missing} of them")


def lost(lane: Cursor, state: State) -> int:
    """How many partitions are gone that may have held events which were not delivered."""
    if not lane.is_open and state.floor == lane.ceiling:
        return 0
    delivered = lane.pos if lane.is_open else state.start
    present = set(state.partitions)
    return sum(
        greatest_id is None or greatest_id > delivered
        for oid, greatest_id in lane.partitions.items()
        if oid not in present
    )


def noted(connection: BaseDatabaseWrapper, lane: Cursor) -> Cursor:
    """The lane, with the partitions that there are now; marks that nobody needs go meanwhile."""
    rows(connection, "prune_marks")
    found, now = row(connection, "partitions")
    return cursor.save(connection, lane, partitions=json.loads(found), partitions_at=now)
