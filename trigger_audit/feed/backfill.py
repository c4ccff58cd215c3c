"""The rows that are there first, and then what happens to them, as one story for each row.

The first lane goes through the tables by their keys, with the rows of the others too, which go on
by themselves at its end. Each chunk is read in a snapshot, up to which the next window goes: its
events are delivered for the rows of former chunks alone, as those of this chunk are in it, and
those of the rows to come will be in theirs. So each row comes once, as it stood, and then
everything that happened since, whatever is written meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from trigger_audit.exceptions import BackfillChanged
from trigger_audit.feed import page, registry, snapshot
from trigger_audit.feed.change import Change, Row
from trigger_audit.feed.cursor import Cursor
from trigger_audit.feed.parking import label
from trigger_audit.feed.snapshot import Chunk
from trigger_audit.feed.sources import LAST, Source
from trigger_audit.subscription import Subscription

DELETE, SNAPSHOT, TRUNCATE = "DELETE", "SNAPSHOT", "TRUNCATE"


def step(
    connection: BaseDatabaseWrapper, lane: Cursor, sources: Sequence[Source], size: int
) -> tuple[Cursor, list[Change]]:
    """The next chunk, and the lane with the window that goes with it."""
    backfill = lane.backfill or {}
    source = _present(sources, backfill["models"][0])
    after = backfill["after"]
    chunk = snapshot.read(connection, lane, source.model, after, size)
    opened = replace(lane, hi=chunk.now, ceiling=chunk.floor, pos=chunk.start)
    if after is not None and _is_emptied(connection, opened, source):
        # These rows came after that, and their turn is when it is delivered.
        return replace(opened, backfill={**backfill, "next": after, "ended": False}), []
    is_last = len(chunk.rows) < size
    moved = {**backfill, "next": chunk.last or after, "ended": is_last}
    return replace(opened, backfill=moved), _changes(connection, lane, source, chunk)


def _is_emptied(connection: BaseDatabaseWrapper, lane: Cursor, source: Source) -> bool:
    """Whether a TRUNCATE of the table is to be delivered in the open window."""
    if TRUNCATE not in source.operations:
        return False
    return bool(page.read(connection, lane, [replace(source, operations=(TRUNCATE,))], 1).changes)


def checked(subscription: Subscription, lane: Cursor) -> None:
    """Nothing, if the subscription has the models whose rows are still to come.

    :raises BackfillChanged: if not, as where one was renamed meanwhile.
    """
    labels = {model._meta.label_lower for model in registry.models_of(subscription)}
    if missing := [each for each in (lane.backfill or {}).get("models", ()) if each not in labels]:
        raise BackfillChanged(f"{subscription.name}: {', '.join(missing)}")


def _present(sources: Sequence[Source], label: str) -> Source:
    found = (each for each in sources if each.model._meta.label_lower == label)
    return next(each for each in found if each.last == LAST)


def _changes(
    connection: BaseDatabaseWrapper, lane: Cursor, source: Source, chunk: Chunk
) -> list[Change]:
    # Read again, after a failure, rows may be others: their keys of idempotency are.
    prefix = f"{lane.subscription}:{lane.epoch}:{chunk.now}:{source.model._meta.label_lower}"
    return [
        Change(
            Row(
                0,
                chunk.at,
                0,
                SNAPSHOT,
                source.schema,
                source.table,
                object_id,
                None,
                image,
                None,
                "",
                object_id,
            ),
            source,
            prefix,
            connection.alias,
        )
        for object_id, image in chunk.rows
    ]


def wanted(connection: BaseDatabaseWrapper, lane: Cursor, changes: list[Change]) -> list[Change]:
    """The changes of rows that were delivered before the open window began."""
    if lane.backfill is None:
        return changes
    remaining, after = lane.backfill["models"], lane.backfill["after"]
    delivered = [each for each in changes if label(each) not in remaining]
    if after is None:
        return delivered
    present = [each for each in changes if label(each) == remaining[0]]
    known = _delivered(connection, present, after) if present else set()
    # A whole table that was emptied concerns all that came of it.
    kept = {
        *delivered,
        *(each for each in present if each.row.object_id is None or known & ends(each)),
    }
    return [
        _as_deleted(each) if each in present and _moves_on(each, known) else each
        for each in changes
        if each in kept
    ]


def _moves_on(change: Change, known: set[str]) -> bool:
    """Whether a delivered row got a key that is still to come: there it comes anew, as it stands.

    Where that is left, its later changes would not be known as those of a row that was delivered.
    """
    return (
        change.row.object_id in known
        and change.row.new_object_id not in known
        and DELETE in change.source.operations
    )


def _as_deleted(change: Change) -> Change:
    row = change.row._replace(op=DELETE, new=None, new_object_id=change.row.object_id)
    return Change(row, change.source, change._prefix, change.using)


def _delivered(
    connection: BaseDatabaseWrapper, changes: list[Change], after: snapshot.Key
) -> set[str]:
    """The keys of changes whose rows were delivered."""
    model = changes[0].model
    found = {
        object_id: snapshot.parts_of(model, object_id, image)
        for change in changes
        for object_id, image in _images(change)
        if object_id is not None
    }
    # What cannot be compared comes, at worst, too early.
    cut = {object_id for object_id, parts in found.items() if parts is None}
    keys = {object_id: parts for object_id, parts in found.items() if parts is not None}
    return cut | snapshot.within(connection, model, keys, after)


def _images(change: Change) -> list[tuple[str | None, Any]]:
    """Each key of a change, with the image that may have it whole."""
    old, new = change.event.old, change.event.new
    return [(change.row.object_id, old or new), (change.row.new_object_id, new or old)]


def ends(change: Change) -> set[str | None]:
    """The keys of a row before and after a change."""
    return {change.row.object_id, change.row.new_object_id}
