"""An :class:`~trigger_audit.declaration.Audit` and a model, compiled into SQL."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from trigger_audit import conditions, declaration, projections, templates, views
from trigger_audit.columns import JSON_TYPES, WIDE_TYPES, Column, jsonb_order, longest_key
from trigger_audit.declaration import Audit
from trigger_audit.sql import SQL

MAX_OBJECT_ID_BYTES = 2600
"""The index of the audit table holds no more: ``trigger_audit_object_id`` cuts what is longer."""

OPTION = "audit"
"""The option of a model in the migrations' state that holds what is installed for it."""


@dataclass(frozen=True)
class Compiled:
    """The frozen SQL of a model's audit: of its own table, its many-to-many tables, its view and
    its projections.

    In the migration state, ``app_label`` is the app whose migrations hold it.
    """

    sql: SQL | None = None
    many_to_many: Mapping[str, SQL] = field(default_factory=dict)
    view: SQL | None = None
    projections: Mapping[str, SQL] = field(default_factory=dict)
    app_label: str = field(default="", compare=False)

    def __bool__(self) -> bool:
        return self.sql is not None or bool(self.many_to_many)


def compile_audit(model: type[models.Model], audit: Audit) -> Compiled:
    """Render what ``audit`` makes of ``model``; schema, table and function names stay open."""
    redacted = declaration.redacted_names(model, audit)
    fields = declaration.audited_fields(model, audit)
    return Compiled(
        sql=_capture(model, fields, redacted, audit, audit.condition) if fields else None,
        many_to_many={
            relation.name: _capture_many_to_many(relation, relation.name in redacted, audit)
            for relation in declaration.audited_many_to_many(model, audit)
        },
        view=_view(fields) if audit.view is True and fields else None,
        projections=projections.render(audit.projections if fields else ()),
    )


def _view(fields: Iterable[Any]) -> SQL:
    columns = sorted((Column.of(each) for each in fields), key=lambda each: each.name)
    return views.render((column.name, column.db_type) for column in columns)


def _capture_many_to_many(relation: Any, redacted: bool, audit: Audit) -> SQL:
    through = relation.remote_field.through
    hidden = {relation.m2m_reverse_field_name()} if redacted else set()
    return _capture(through, through._meta.local_concrete_fields, hidden, audit, None)


def _capture(
    model: type[models.Model],
    fields: Iterable[Any],
    redacted: set[str],
    audit: Audit,
    condition: Any,
) -> SQL:
    columns = sorted(
        (Column.of(each, redacted=each.name in redacted) for each in fields),
        # The order of fields in a model may differ from that in the migrations' state. That in
        # which jsonb keeps keys spares a quarter of an image's time, as nothing is left to sort.
        key=lambda column: jsonb_order(column.name),
    )
    text = templates.read("capture")
    text = text[text.index("CREATE ") :]
    variables = {}
    if condition is None:
        text = without_lines(text, "-- condition")
    else:
        variables["condition"] = conditions.resolve(condition, model)
    if audit.images == "changes":
        text = without_lines(text, ":update_images")
    text = templates.substitute(
        text,
        open_variables=("schema", "function", "table"),
        **variables,
        **_images(columns, audit.images),
        **_object_ids(model),
    )
    return SQL(at_row_level(text) if audit.level == "row" else text)


def shown_columns(fields: Iterable[Any], redacted: set[str]) -> str:
    """The columns of an INSERT's image, of a row NEW, one a line."""
    return _values([Column.of(each, redacted=each.name in redacted) for each in fields], "NEW")


def without_lines(text: str, mark: str) -> str:
    """``text`` less the lines that end in ``mark``."""
    return "\n".join(line for line in text.split("\n") if not line.endswith(mark))


def at_row_level(text: str) -> str:
    """A rendered capture as row triggers run it; a text that is so already stays as it is."""
    kept = without_lines(text, "-- statement level")
    return re.sub(r"^( *)-- row level: ", r"\1", kept, flags=re.MULTILINE)


def _images(columns: list[Column], images: str) -> dict[str, str]:
    variables = {row.lower() + "_columns": _values(columns, row) for row in ("OLD", "NEW")}
    if images == "changes":
        return variables | {
            "update_old_image": _changes(columns, "OLD"),
            "update_new_image": _changes(columns, "NEW"),
            "changed": _snippet(
                "any_differs", differences="\nOR ".join(_differs(column) for column in columns)
            ),
        }
    return variables | {
        "update_old_image": "to_jsonb(old_image.*)",
        "update_new_image": "to_jsonb(new_image.*)",
        "update_images": _snippet(
            "update_images",
            old_columns=variables["old_columns"],
            new_columns=_values(columns, "NEW", changed=True),
        ),
        "changed": _snippet("images_differ"),
    }


def _values(columns: list[Column], row: str, changed: bool = False) -> str:
    return ",\n".join(
        _snippet("named", value=_value(column, row, changed), column=column.name)
        for column in columns
    )


def _changes(columns: list[Column], row: str) -> str:
    return "\n|| ".join(
        _snippet(
            "changed",
            differs=_differs(column),
            key=column.name,
            value=_value(column, row, row == "NEW"),
        )
        for column in columns
    )


def _value(column: Column, row: str, changed: bool) -> str:
    names = {"column": column.name, "row": row}
    if column.redacted and changed:
        return _snippet("redacted_change", differs=_differs(column), **names)
    if column.redacted:
        return _snippet("redacted", **names)
    return _snippet(_stored_as(column.db_type), **names)


def _stored_as(db_type: str) -> str:
    if JSON_TYPES.fullmatch(db_type):
        return "text"
    # Money prints as the session's lc_monetary has it.
    if db_type.startswith("money["):
        return "numeric_array"
    return "numeric" if db_type == "money" else "reference"


def _differs(column: Column) -> str:
    text = _snippet("differs" if column.exact else "differs_in_image", column=column.name)
    wide = WIDE_TYPES.fullmatch(column.db_type)
    if not wide:
        return text
    known = "text" if wide[1] == "varchar" else wide[1]
    return _snippet("differs_out_of_line", column=column.name, differs=text, type=known)


def _object_ids(model: type[models.Model]) -> dict[str, str]:
    return {f"{row.lower()}_object_id": _object_id(model, row) for row in ("OLD", "NEW")}


def _object_id(model: type[models.Model], row: str) -> str:
    keys = [Column.of(key) for key in primary_key_fields(model)]
    if len(keys) == 1:
        text = _snippet("object_id", row=row, column=keys[0].name)
    else:
        columns = (_snippet("reference", row=row, column=key.name) for key in keys)
        text = _snippet("composite_object_id", columns=", ".join(columns))
    if sum(longest_key(key.db_type) for key in keys) <= MAX_OBJECT_ID_BYTES:
        return text
    return _snippet("wide_object_id", key=text)


def primary_key_fields(model: type[models.Model]) -> list[Any]:
    """The concrete fields of the primary key, several for a composite one."""
    return list(model._meta.pk_fields)


def _snippet(name: str, **variables: str) -> str:
    text = templates.read(f"columns/{name}").strip()
    return templates.substitute(text, open_variables=("schema",), **variables)
