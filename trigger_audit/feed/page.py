"""A page of events, read from a window."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper

from trigger_audit.feed.change import Change, Row
from trigger_audit.feed.cursor import Cursor
from trigger_audit.feed.sources import Source
from trigger_audit.feed.statements import rows


class Page(NamedTuple):
    """The next changes of a window, up to which id they go, and whether they are its last."""

    changes: list[Change]
    through: int
    is_last: bool


def read(
    connection: BaseDatabaseWrapper, lane: Cursor, sources: Sequence[Source], size: int
) -> Page:
    """At most ``size`` changes of the window that is open."""
    found = rows(
        connection,
        "page",
        lane.lo,
        lane.hi,
        lane.pos,
        lane.ceiling,
        lane.since,
        json.dumps([source.as_json() for source in sources]),
        lane.shard,
        lane.shards,
        size,
    )
    prefix = f"{lane.subscription}:{lane.epoch}"
    changes = [Change(Row(*row), sources[entry], prefix, connection.alias) for *row, entry in found]
    is_last = len(found) < size
    return Page(changes, lane.ceiling if is_last else changes[-1].row.id, is_last)
