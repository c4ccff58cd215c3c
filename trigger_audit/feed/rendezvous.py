"""Changes that concern rows of several lanes: the lanes wait for each other there.

A TRUNCATE concerns all, an UPDATE of a primary key the lanes of both keys. Such a change is
delivered in one lane, its own, when the others have delivered all that was before it; they go on
when it is delivered. No two lanes wait for each other in vain: they meet at the events of a window
in the order of their ids, and no window of a lane ends inside of another's, as a lane first goes up
to where others are. Of two that wait, the one whose window ends first is waited for, and goes on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from django.db.backends.base.base import BaseDatabaseWrapper

from trigger_audit.feed import cursor
from trigger_audit.feed.change import Change
from trigger_audit.feed.cursor import Cursor
from trigger_audit.feed.page import Page
from trigger_audit.feed.statements import row, rows


def open_in_turn(connection: BaseDatabaseWrapper, subscription: str, shard: int) -> None:
    """Until the end of the transaction have no other lane open a window, if this one may open one.

    Else neither would know where the other's ends.
    """
    lane = cursor.read(connection, subscription, shard)
    if lane is not None and lane.hi is None:
        row(connection, "lease_or_wait", f"trigger_audit_feed:{subscription}:windows")


def meet(connection: BaseDatabaseWrapper, lane: Cursor, page: Page) -> tuple[Page, int | None]:
    """The part of a page that can be delivered now, and the event that the lane then waits for."""
    if lane.shards == 1:
        return page, None
    owners = lanes_of(connection, lane.shards, page.changes)
    ready: list[Change] = []
    for change in page.changes:
        owner, *others = owners[change]
        if others and not _is_ready(connection, lane, change, owner, others):
            return Page(ready, change.row.id - 1, is_last=False), change.row.id
        if owner == lane.shard:
            ready.append(change)
    return page._replace(changes=ready), None


def _is_ready(
    connection: BaseDatabaseWrapper, lane: Cursor, change: Change, owner: int, others: list[int]
) -> bool:
    is_own = owner == lane.shard
    event = change.row
    asked = others if is_own else [owner]
    found = rows(
        connection,
        "lanes",
        str(event.txid),
        event.id,
        lane.subscription,
        asked,
    )
    return all(has_arrived if is_own else has_passed for _, has_arrived, has_passed in found)


def lanes_of(
    connection: BaseDatabaseWrapper, count: int, changes: Sequence[Change]
) -> dict[Change, list[int]]:
    """The lane that delivers each change, and then the others that it concerns."""
    if count == 1:
        return {change: [0] for change in changes}
    keys = {key for each in changes for key in (each.row.object_id, each.row.new_object_id)}
    shards: dict[str, int] = dict(
        rows(connection, "shards", count, [key for key in keys if key is not None])
    )
    found = {}
    for change in changes:
        if change.row.object_id is None:
            found[change] = list(range(count))
            continue
        own = shards[change.row.object_id]
        new = shards[change.row.new_object_id or change.row.object_id]
        found[change] = [own] if own == new else [own, new]
    return found


def shared_out(
    connection: BaseDatabaseWrapper, count: int, changes: Sequence[Change]
) -> Iterator[tuple[int, list[Change]]]:
    """The changes of all lanes, for each in turn, as far as they need not wait for each other."""
    lanes: defaultdict[int, list[Change]] = defaultdict(list)
    for change, (owner, *others) in lanes_of(connection, count, changes).items():
        for other in others:
            yield other, lanes.pop(other, [])
        lanes[owner].append(change)
        if others:
            yield owner, lanes.pop(owner)
    yield from lanes.items()
