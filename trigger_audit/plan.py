"""What a revert changes, and what stands in its way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from trigger_audit.fields import encode_exactly


@dataclass(frozen=True)
class Change:
    """A row that a revert writes, told as the event that it will leave.

    :param op: ``INSERT``, ``UPDATE`` or ``DELETE``.
    :param label: the model, as in ``library.Book``.
    :param object_id: the row's key as it is now, as events have it.
    :param old: the columns that change, or all of a row that goes, as they are now.
    :param new: the columns that change, or all of a row that comes, as they will be.
    :param reverts: the ids of the events that it takes back, newest first.
    :param lost: columns that the events had and the table has no more, with their values.
    """

    op: str
    label: str
    table_schema: str
    table_name: str
    object_id: str
    old: dict[str, Any] | None
    new: dict[str, Any] | None
    reverts: tuple[int, ...] = ()
    lost: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        lines = [f"{self.op} {self.label} {self.object_id}"]
        old, new = self.old or {}, self.new or {}
        for column in {**old, **new}:
            before = encode_exactly(old[column]) if column in old else ""
            after = encode_exactly(new[column]) if column in new else ""
            lines.append(f"    {column}: {before} → {after}")
        return "\n".join(lines)


@dataclass(frozen=True)
class Conflict:
    """Why a revert is refused.

    :param kind: such as ``"changed"`` or ``"taken"``: see docs/reading.md.
    :param label: the model or the table.
    :param object_id: the row's key, as events have it.
    :param field: the field, where it is about one.
    :param is_forcible: whether ``force=True`` goes on in spite of it.
    """

    kind: str
    label: str
    object_id: str | None
    detail: str
    remedy: str
    field: str | None = None
    is_forcible: bool = False

    def __str__(self) -> str:
        where = " ".join(filter(None, [self.label, self.object_id]))
        place = f"{where}, {self.field}" if self.field else where
        return f"{place}: {self.detail} {self.remedy}"


@dataclass(frozen=True)
class Plan:
    """The changes of a revert, in the order of writing, and the conflicts that were met."""

    using: str
    changes: tuple[Change, ...] = ()
    conflicts: tuple[Conflict, ...] = ()

    def __iter__(self) -> Iterator[Change]:
        return iter(self.changes)

    def __len__(self) -> int:
        return len(self.changes)

    def __bool__(self) -> bool:
        return bool(self.changes)

    def __str__(self) -> str:
        return "\n".join(map(str, (*self.changes, *self.conflicts)))
