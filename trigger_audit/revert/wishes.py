"""One row and what it is to become: the change that takes it there, and what speaks against it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from trigger_audit.fields import encode_exactly
from trigger_audit.plan import Conflict
from trigger_audit.revert.images import Image, Unknown, same
from trigger_audit.revert.lineage import object_id_of
from trigger_audit.revert.tables import Table

FORCE = "Pass force=True to {}."


@dataclass
class Wish:
    """A row, found by its key, and what it is to become.

    :param goal: the columns that it is to have; None for no row.
    :param expected: the same as events left them; None for no row.
    :param is_checked: whether it is a conflict if the row is not as expected.
    :param excluded: columns that no event holds.
    """

    table: Table
    key: Image
    goal: Image | None
    expected: Image | None
    events: tuple[int, ...] = ()
    is_checked: bool = True
    excluded: frozenset[str] = frozenset()
    lost: Image = field(default_factory=dict)

    def conflict(self, kind: str, detail: str, remedy: str, **more: Any) -> Conflict:
        column = more.pop("column", None)
        name = self.table.field_name(column) if column else None
        return Conflict(
            kind, self.table.label, object_id_of(self.key), detail, remedy, field=name, **more
        )


def key_text(table: Table, image: Image) -> str:
    """The key of a row, as text that compares."""
    return encode_exactly([image[name] for name in table.key])


@dataclass
class Draft:
    """The row that a wish is about, as it is, and the columns that are to be written."""

    wish: Wish
    op: str
    live: Image
    values: Image

    @property
    def table(self) -> Table:
        return self.wish.table

    @property
    def after(self) -> Image | None:
        """The row as it will be, as far as that is known; None for no row."""
        return None if self.op == "DELETE" else {**self.live, **self.values}

    @property
    def before(self) -> Image | None:
        """The row as it is; None for no row."""
        return None if self.op == "INSERT" else self.live


def draft(wish: Wish, live: Image | None, conflicts: list[Conflict]) -> Draft | None:
    """What is to be written for a wish, if anything; conflicts are added to the list."""
    if wish.goal is None:
        return _deletion(wish, live, conflicts)
    if live is None:
        return _insertion(wish, wish.goal, conflicts)
    return _update(wish, wish.goal, live, conflicts)


def _deletion(wish: Wish, live: Image | None, conflicts: list[Conflict]) -> Draft | None:
    if live is None:
        if wish.is_checked:
            conflicts.append(
                wish.conflict(
                    "gone",
                    "the row is not there any more.",
                    FORCE.format("leave it at that"),
                    is_forcible=True,
                )
            )
        return None
    conflicts.extend(_differences(wish, live, "delete it nevertheless"))
    return Draft(wish, "DELETE", live, {})


def _insertion(wish: Wish, goal: Image, conflicts: list[Conflict]) -> Draft | None:
    if wish.is_checked and wish.expected is not None:
        conflicts.append(
            wish.conflict(
                "gone",
                "the row was deleted since, or has another key.",
                "Revert that first, or use trigger_audit.restore().",
            )
        )
        return None
    values: Image = {}
    for name, column in wish.table.columns.items():
        if column.is_generated:
            continue
        known = goal.get(name, wish.key.get(name, MISSING))
        if known is None and column.is_not_null and column.base != "jsonb":
            known = MISSING
        if isinstance(known, Unknown):
            conflicts.append(_unknown(wish, name, known, "insert the default"))
        elif name in wish.excluded and known is MISSING:
            conflicts.append(_excluded(wish, name))
        if known is MISSING or isinstance(known, Unknown):
            _fill_in(wish, name, values, conflicts)
        else:
            values[name] = known
    return Draft(wish, "INSERT", {}, values)


MISSING = object()


def _fill_in(wish: Wish, name: str, values: Image, conflicts: list[Conflict]) -> None:
    """The default of a column whose value nobody knows; none is given where PostgreSQL has one."""
    column = wish.table.columns[name]
    default = _default(wish.table.fields.get(name))
    if default is not MISSING:
        values[name] = default
    elif column.is_not_null and not column.has_default:
        conflicts.append(
            wish.conflict(
                "required",
                "no value is known, and the column takes no null and has no default.",
                "Give the field a default.",
                column=name,
            )
        )


def _default(model_field: Any) -> Any:
    """A field's default as JSON."""
    if model_field is None:
        return MISSING
    if getattr(model_field, "auto_now", False) or getattr(model_field, "auto_now_add", False):
        return str(timezone.now())
    if not model_field.has_default():
        is_text = model_field.blank and model_field.empty_strings_allowed and not model_field.null
        return "" if is_text else MISSING
    return as_json(model_field.get_default())


def as_json(value: Any) -> Any:
    """A Python value as JSON that PostgreSQL reads."""
    if isinstance(value, (bytes, memoryview)):
        return "\\x" + bytes(value).hex()
    if isinstance(value, (dict, list, str, bool, int, type(None))):
        return json.loads(json.dumps(value, cls=DjangoJSONEncoder))
    return str(value)


def _update(wish: Wish, goal: Image, live: Image, conflicts: list[Conflict]) -> Draft | None:
    if wish.is_checked and wish.expected is None:
        conflicts.append(
            wish.conflict(
                "exists",
                "a row with this key is there again.",
                "Delete it, or give it another key, first; or use trigger_audit.restore().",
            )
        )
        return None
    differing = list(_differences(wish, live, "overwrite it"))
    conflicts.extend(differing)
    values = dict(_settable(wish, goal, live, conflicts))
    return Draft(wish, "UPDATE", live, values) if values else None


def _settable(
    wish: Wish, goal: Image, live: Image, conflicts: list[Conflict]
) -> Iterator[tuple[str, Any]]:
    for name, value in goal.items():
        column = wish.table.columns[name]
        expected = (wish.expected or {}).get(name)
        hidden = next((each for each in (value, expected) if isinstance(each, Unknown)), None)
        if hidden is not None:
            conflicts.append(_unknown(wish, name, hidden, "leave the field as it is"))
        elif same(live, goal, name):
            continue
        elif value is None and column.is_not_null and column.base != "jsonb":
            conflicts.append(_refuses_null(wish, name))
        else:
            yield name, value


def _differences(wish: Wish, live: Image, forced: str) -> Iterator[Conflict]:
    """Where the row is not as its events left it."""
    if not wish.is_checked:
        return
    for name, value in (wish.expected or {}).items():
        if not isinstance(value, Unknown) and not same(live, wish.expected or {}, name):
            was, now = encode_exactly(value), encode_exactly(live[name])
            yield wish.conflict(
                "changed",
                f"it was {was} then and is {now} now.",
                FORCE.format(forced),
                column=name,
                is_forcible=True,
            )


def _unknown(wish: Wish, name: str, value: Unknown, forced: str) -> Conflict:
    kind, detail = (
        ("redacted", "the field was redacted: its value is not known.")
        if value.is_redacted
        else ("unfit", f"the column does not take {value.text} any more.")
    )
    return wish.conflict(kind, detail, FORCE.format(forced), column=name, is_forcible=True)


def _excluded(wish: Wish, name: str) -> Conflict:
    return wish.conflict(
        "excluded",
        "the field is not audited: its value is not known.",
        FORCE.format("insert the default"),
        column=name,
        is_forcible=True,
    )


def _refuses_null(wish: Wish, name: str) -> Conflict:
    return wish.conflict(
        "required",
        "it was null, which the column does not take any more.",
        FORCE.format("leave the field as it is"),
        column=name,
        is_forcible=True,
    )
