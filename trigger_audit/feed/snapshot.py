"""Rows that are there, read as an INSERT event would show them, page by page."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, NamedTuple

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper

from trigger_audit import conditions, declaration, templates, triggers
from trigger_audit.declaration import Model
from trigger_audit.exceptions import NotAudited
from trigger_audit.feed.change import CUT
from trigger_audit.feed.cursor import Cursor
from trigger_audit.feed.statements import schema_of
from trigger_audit.sql import bare_name, quote_identifier, quote_table

Key = list[Any]
"""The parts of a primary key, as JSON has them."""

PARAMETER = "%s::jsonb"


class Chunk(NamedTuple):
    """Some rows, and the window up to the snapshot that they were read in."""

    now: str
    floor: int
    start: int
    at: datetime
    rows: list[tuple[str, str]]
    last: Key | None


def read(
    connection: BaseDatabaseWrapper, lane: Cursor, model: Model, after: Key | None, size: int
) -> Chunk:
    """The rows of a lane that come after a key, at most ``size``, each as a key and an image."""
    shown, condition = recorded(model)
    text = templates.render(
        "rows/snapshot",
        schema=schema_of(connection),
        table=_escaped(quote_table(model._meta.db_table)),
        columns=_escaped(shown),
        key=_escaped(", ".join(_columns(model))),
        key_value=_escaped(_key_value(model)),
        after=_parts(connection, model, PARAMETER),
        condition=_escaped(condition),
    )
    key = None if after is None else json.dumps(after)
    parts = [key] * len(triggers.primary_key_fields(model))
    lanes: list[Any] = [lane.shards, lane.shard, size, lane.subscription, lane.shard]
    with connection.cursor() as cursor:
        cursor.execute(text, [key, *parts, *lanes])
        found = cursor.fetchall()
    now, floor, start, at = found[0][:4]
    chunk = [row[4:] for row in found if row[4] is not None]
    last = json.loads(chunk[-1][1]) if chunk else None
    rows = [(object_id, image) for object_id, _, image in chunk]
    return Chunk(now, floor, start, at, rows, last)


def within(
    connection: BaseDatabaseWrapper, model: Model, keys: dict[str, Key], after: Key
) -> set[str]:
    """Those of some keys, by ``object_id``, that come no later than another."""
    text = templates.render(
        "rows/within",
        given=_parts(connection, model, "key.parts"),
        after=_parts(connection, model, PARAMETER),
    )
    given = json.dumps(list(keys.values()), default=str)
    parts = [json.dumps(after)] * len(triggers.primary_key_fields(model))
    with connection.cursor() as cursor:
        cursor.execute(text, [given, *parts])
        object_ids = list(keys)
        return {object_ids[place] for (place,) in cursor.fetchall()}


def parts_of(model: Model, object_id: str, image: dict[str, Any] | None) -> Key | None:
    """The parts of a key; None if it was cut, and an image does not have it."""
    fields = triggers.primary_key_fields(model)
    if CUT not in object_id:
        parts: Key = [object_id] if len(fields) == 1 else json.loads(object_id)
        return parts
    columns = [bare_name(str(field.column)) for field in fields]
    known = image if image is not None and set(columns) <= image.keys() else None
    return None if known is None else [known[column] for column in columns]


def recorded(model: Model) -> tuple[str, str]:
    """The columns that events of a model show, and the condition under which there are any.

    :raises NotAudited: if there are none.
    """
    concrete: Any = model._meta.concrete_model
    owner: Any = concrete._meta.auto_created or concrete
    declared = declaration.audited(apps).get(owner)
    if declared is None:
        raise NotAudited(model._meta.label)
    audit = declared.audit
    redacted = declaration.redacted_names(owner, audit)
    if owner is concrete:
        fields = declaration.audited_fields(concrete, audit)
        condition = conditions.resolve(audit.condition, concrete) if audit.condition else "TRUE"
        return triggers.shown_columns(fields, redacted), f"({condition})"
    (relation,) = (
        each
        for each in declaration.audited_many_to_many(owner, audit)
        if each.remote_field.through is concrete
    )
    hidden = {relation.m2m_reverse_field_name()} if relation.name in redacted else set()
    return triggers.shown_columns(concrete._meta.local_concrete_fields, hidden), "TRUE"


def _columns(model: Model) -> list[str]:
    return [
        f"NEW.{quote_identifier(bare_name(str(key.column)))}"
        for key in triggers.primary_key_fields(model)
    ]


def _key_value(model: Model) -> str:
    columns = _columns(model)
    return columns[0] if len(columns) == 1 else f"ROW({', '.join(columns)})"


def _parts(connection: BaseDatabaseWrapper, model: Model, key: str) -> str:
    return ", ".join(
        templates.render(
            "columns/key_part",
            key=key,
            place=str(place),
            type=_escaped(str(field.db_type(connection))),
            collation=_escaped(_collation(field)),
        ).strip()
        for place, field in enumerate(triggers.primary_key_fields(model))
    )


def _collation(field: Any) -> str:
    """That of the column, by which the rows are ordered."""
    while field.is_relation:
        field = field.target_field
    collation = getattr(field, "db_collation", None)
    return f"COLLATE {quote_identifier(collation)}" if collation else ""


def _escaped(text: str) -> str:
    """As the drivers want it beside parameters."""
    return text.replace("%", "%%")
