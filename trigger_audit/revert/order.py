"""In which order changes are written, so that every statement leaves the tables right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from graphlib import CycleError, TopologicalSorter

from trigger_audit.names import Name
from trigger_audit.revert.constraints import values_of
from trigger_audit.revert.tables import Reference
from trigger_audit.revert.wishes import Draft

Edge = tuple[int, int]
"""Of two drafts, by their places, the one that goes first."""


def in_order(drafts: Sequence[Draft], references: Sequence[Reference]) -> list[list[Draft]] | None:
    """The drafts in groups that do not depend on each other; None if they do so in a circle.

    What can wait until the end goes in its order too, unless that makes a circle.
    """
    at_once = [*_of_uniques(drafts), *_of_references(drafts, references, waiting=False)]
    waiting = list(_of_references(drafts, references, waiting=True))
    ordered = _sorted(drafts, [*at_once, *waiting])
    return _sorted(drafts, at_once) if ordered is None else ordered


def _sorted(drafts: Sequence[Draft], edges: Iterable[Edge]) -> list[list[Draft]] | None:
    sorter: TopologicalSorter[int] = TopologicalSorter(dict.fromkeys(range(len(drafts)), ()))
    for first, then in edges:
        if first != then:
            sorter.add(then, first)
    try:
        sorter.prepare()
    except CycleError:
        return None
    groups = []
    while sorter.is_active():
        ready = sorter.get_ready()
        groups.append([drafts[place] for place in sorted(ready)])
        sorter.done(*ready)
    return groups


def _of_uniques(drafts: Sequence[Draft]) -> Iterator[Edge]:
    """A value is given up before another row takes it."""
    for table in {draft.table for draft in drafts}:
        for unique in table.uniques:
            if not unique.is_deferrable:
                given_up = _given_up(drafts, table.qualified, unique.columns)
                for place, values in _taken(drafts, table.qualified, unique.columns):
                    yield from ((first, place) for first in given_up.get(values, ()))


def _of_references(
    drafts: Sequence[Draft], references: Sequence[Reference], *, waiting: bool
) -> Iterator[Edge]:
    """A row comes before those that refer to it, and goes after them."""
    for reference in references:
        if (reference.is_deferrable or reference.name is None) is not waiting:
            continue
        source, columns = reference.source, reference.columns
        coming = _places(_taken(drafts, reference.target, reference.target_columns))
        for place, values in _taken(drafts, source, columns):
            yield from ((first, place) for first in coming.get(values, ()))
        going = _given_up(drafts, reference.target, reference.target_columns)
        for values, places in _given_up(drafts, source, columns).items():
            for then in going.get(values, ()):
                # Rows that follow a key which changes need not, and could not, go before it.
                if not (reference.follows_update and drafts[then].op == "UPDATE"):
                    yield from ((first, then) for first in places)


def _taken(
    drafts: Sequence[Draft], name: Name, columns: Sequence[str]
) -> Iterator[tuple[int, str]]:
    """The values that rows of a table get."""
    for place, draft in enumerate(drafts):
        if draft.table.qualified == name:
            values = values_of(draft.after, columns)
            if values is not None and values != values_of(draft.before, columns):
                yield place, values


def _given_up(drafts: Sequence[Draft], name: Name, columns: Sequence[str]) -> dict[str, list[int]]:
    """The values that rows of a table lose."""
    lost = (
        (place, values)
        for place, draft in enumerate(drafts)
        if draft.table.qualified == name
        and (values := values_of(draft.before, columns)) is not None
        and values != values_of(draft.after, columns)
    )
    return _places(lost)


def _places(pairs: Iterable[tuple[int, str]]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for place, values in pairs:
        places.setdefault(values, []).append(place)
    return places
