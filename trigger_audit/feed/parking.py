"""Rows that wait: a change that fails is parked, and later changes of its row behind it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper

from trigger_audit.feed import registry, sources
from trigger_audit.feed.change import Change
from trigger_audit.feed.cursor import Cursor
from trigger_audit.feed.statements import row, rows
from trigger_audit.subscription import Subscription


class Sorted(NamedTuple):
    """Changes that flow, and those that have to wait for parked ones."""

    flowing: list[Change]
    held: list[Change]


class Blocked:
    """Rows, and whole tables, whose later changes wait."""

    def __init__(self) -> None:
        self.keys: set[tuple[str, str | None]] = set()

    def add(self, model: str, *object_ids: str | None) -> None:
        self.keys.update((model, each) for each in object_ids)

    def add_change(self, change: Change) -> None:
        self.add(label(change), change.row.object_id, change.row.new_object_id)

    def holds(self, change: Change) -> bool:
        """Whether a change has to wait. None stands for a whole table, which waits for any row."""
        model = label(change)
        if change.row.object_id is None:
            return any(each == model for each, _ in self.keys)
        keys = (change.row.object_id, change.row.new_object_id, None)
        return any((model, each) in self.keys for each in keys)


def label(change: Change) -> str:
    """The model, as parked changes name it."""
    return str(change.model._meta.label_lower)


def rename(connection: BaseDatabaseWrapper, subscription: Subscription) -> None:
    """Have what is parked of models that were renamed be of their present names.

    Otherwise later changes of its rows would not wait for it.
    """
    labels = [str(each._meta.label_lower) for each in registry.models_of(subscription)]
    strange = rows(connection, "parked_models", subscription.name, labels)
    found = sources.resolve(subscription, connection) if strange else []
    for model, event_id, schema, table in strange:
        source = next((each for each in found if each.holds(event_id, schema, table)), None)
        if source is not None:
            present = source.model._meta.label_lower
            row(connection, "rename_parked", present, subscription.name, model)


def sort(connection: BaseDatabaseWrapper, subscription: str, changes: Iterable[Change]) -> Sorted:
    """Tell apart what flows and what has to wait."""
    changes = list(changes)
    keys = list({key for each in changes for key in (each.row.object_id, each.row.new_object_id)})
    emptied = [label(each) for each in changes if each.row.object_id is None]
    blocked = Blocked()
    for model, *object_ids in rows(connection, "blocked", subscription, keys, keys, emptied):
        blocked.add(model, *object_ids)
    result = Sorted([], [])
    for change in changes:
        if blocked.keys and blocked.holds(change):
            blocked.add_change(change)
            result.held.append(change)
        else:
            result.flowing.append(change)
    return result


def park(
    connection: BaseDatabaseWrapper, lane: Cursor, changes: Iterable[Change], **failure: Any
) -> None:
    """Park changes: one that failed, with its error, or some that wait for others."""
    found = [
        {
            "subscription": lane.subscription,
            "event_id": change.row.id,
            "event_at": change.row.at.isoformat(),
            "shard": lane.shard,
            "model": label(change),
            "object_id": change.row.object_id,
            "new_object_id": change.row.new_object_id,
            "blocks": True,
            "attempts": 0,
            **failure,
        }
        for change in changes
    ]
    if found:
        row(connection, "park", json.dumps(found))
