"""What became of rows after the events that are to be taken back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from trigger_audit.models import AuditEvent
from trigger_audit.plan import Conflict
from trigger_audit.revert.images import Image, Unknown, known, unredacted
from trigger_audit.revert.lineage import key_of, object_id_of
from trigger_audit.revert.search import Search
from trigger_audit.revert.wishes import FORCE, Wish

Found = dict[str, list[AuditEvent]]
"""Events by the key that they name."""

Place = tuple[Wish, str, int, datetime | None]
"""A row, a key that it had, the event that left it there, and its moment if that moved it."""


def moved(search: Search, wishes: Iterable[Wish]) -> Iterator[tuple[Wish, Image]]:
    """Those of ``wishes`` whose rows have another key now, and the key."""
    pending: list[Place] = [(wish, object_id_of(wish.key), wish.events[0], None) for wish in wishes]
    while pending:
        found = _since(search, [(key, event) for _, key, event, _ in pending])
        following: list[Place] = []
        for wish, key, last, at in pending:
            for event in found.get(key, ()):
                new_key = search.new_key(event)
                # The rest of a statement is about rows that had the key before.
                if event.id > last and event.at != at and new_key != key:
                    following.append((wish, new_key, event.id, event.at))
                    break
            else:
                image = key_of(key, search.table.key)
                if image is not None and key != object_id_of(wish.key):
                    yield wish, image
        pending = following


def hidden_changes(search: Search, wishes: Sequence[Wish]) -> Iterator[Conflict]:
    """Redacted fields that changed since, which no comparison shows."""
    hidden = [
        wish
        for wish in wishes
        if wish.goal is None and len(known(wish.expected or {})) < len(wish.expected or {})
    ]
    found = _since(search, [(object_id_of(wish.key), wish.events[0]) for wish in hidden])
    for wish in hidden:
        later = [each for each in found.get(object_id_of(wish.key), ()) if each.id > wish.events[0]]
        for name in _changed(search, later):
            yield wish.conflict(
                "changed",
                "the field was redacted, and changed since.",
                FORCE.format("delete it nevertheless"),
                column=name,
                is_forcible=True,
            )


def _changed(search: Search, events: Iterable[AuditEvent]) -> list[str]:
    """The redacted columns that events changed."""
    names: set[str] = set()
    for event in events:
        old, new = (
            unredacted(search.renames.columns(event, side or {})) for side in (event.old, event.new)
        )
        names |= {name for name in new if _is_hidden(old, new, name) and old.get(name) != new[name]}
    return sorted(names)


def _is_hidden(old: Mapping[str, object], new: Mapping[str, object], name: str) -> bool:
    return isinstance(old.get(name), Unknown) or isinstance(new[name], Unknown)


def _since(search: Search, keys: Sequence[tuple[str, int]]) -> Found:
    """The later UPDATEs of rows; a key may have had other rows in between."""
    found: Found = {}
    if not keys:
        return found
    first = min(event for _, event in keys)
    names = sorted({key for key, _ in keys})
    events = search.of_table(object_id__in=names, id__gt=first, op="UPDATE").order_by("id")
    for event in events:
        found.setdefault(str(event.object_id), []).append(event)
    return found
