"""A change as what every queue takes, and the way back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.apps import apps

from trigger_audit import declaration
from trigger_audit.declaration import Model
from trigger_audit.exceptions import UnknownModel
from trigger_audit.feed.batch import Batch
from trigger_audit.feed.change import Change, Row
from trigger_audit.feed.sources import LAST, Source, columns_of
from trigger_audit.fields import encode_exactly
from trigger_audit.sql import bare_name
from trigger_audit.values import column_field


def payload(change: Change, subscription: str) -> dict[str, Any]:
    """A change in the types of JSON. A release may read what an older one wrote."""
    row = change.row
    return {
        "subscription": subscription,
        "idempotency_key": change.idempotency_key,
        "database": change.using,
        "model": change.model._meta.label,
        "operation": change.operation,
        "key": _plain_key(change.key),
        "old": _plain_row(change.source, change.event.old),
        "new": _plain_row(change.source, change.event.new),
        "context": change.context,
        "at": row.at.isoformat(),
        "txid": int(row.txid),
        # A row of a backfill is no event.
        "event_id": row.id or None,
        "db_user": row.db_user,
        "table_schema": row.table_schema,
        "table_name": row.table_name,
        "object_id": row.object_id,
        "new_object_id": row.new_object_id,
    }


def received(payload: Mapping[str, Any]) -> Change:
    """The change that a task was called with, with values as Python has them.

    :raises UnknownModel: if the model is none of this project.
    """
    model = declaration.find_model(apps, payload["model"])
    if model is None:
        raise UnknownModel(f"{payload['model']!r}, of {payload['subscription']}")
    row = Row(
        payload["event_id"] or 0,
        datetime.fromisoformat(payload["at"]),
        payload["txid"],
        payload["operation"],
        payload["table_schema"],
        payload["table_name"],
        payload["object_id"],
        _image(model, payload["old"]),
        _image(model, payload["new"]),
        json.dumps(payload["context"]) if payload["context"] else None,
        payload["db_user"],
        payload["new_object_id"],
    )
    prefix = payload["idempotency_key"].removesuffix(f":{row.id or row.object_id}")
    change = Change(row, _source(model, row), prefix, payload["database"])
    return Batch([change], payload["subscription"], using=payload["database"])[0]  # type: ignore[no-any-return]


def _source(model: Model, row: Row) -> Source:
    fields = {bare_name(field.column): field for field in columns_of(model)}
    return Source(model, row.table_schema, row.table_name, 0, LAST, fields, (row.op,), None)


def _image(model: Model, row: Mapping[str, Any] | None) -> str | None:
    """The image that a row is of, less what is no field's any more."""
    if row is None:
        return None
    columns = {field.name: bare_name(field.column) for field in columns_of(model)}
    return encode_exactly({columns[name]: row[name] for name in row if name in columns})


def _plain_row(source: Source, image: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if image is None:
        return None
    fields = source.fields
    return {
        fields[column].name: _plain(value, is_exact=_is_exact(fields[column]))
        for column, value in image.items()
        if column in fields
    }


def _is_exact(field: Any) -> bool:
    """Whether numbers with a fraction are decimals: those of JSON and of floats are no more."""
    field = column_field(field)
    while hasattr(field, "base_field"):
        field = field.base_field
    return field.get_internal_type() not in ("FloatField", "JSONField")


def _plain(value: Any, *, is_exact: bool) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f") if is_exact else float(value)
    if isinstance(value, list):
        return [_plain(each, is_exact=is_exact) for each in value]
    if isinstance(value, dict):
        return {name: _plain(each, is_exact=is_exact) for name, each in value.items()}
    return value


def _plain_key(key: Any) -> Any:
    """A key of another type than JSON's as text, by which the row is found too."""
    if isinstance(key, tuple):
        return [_plain_key(each) for each in key]
    return key if isinstance(key, (int, str, type(None))) else str(key)
