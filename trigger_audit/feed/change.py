"""A committed change, as a handler gets it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from django.db import connections, models

from trigger_audit.feed.sources import Source
from trigger_audit.fields import ExactJSONDecoder, encode_exactly
from trigger_audit.models import AuditEvent
from trigger_audit.values import Unreadable, python_value

CUT = "...sha256:"
"""In keys that are too long for events; see ``sql_templates/object_id.sql``."""


class Difference(NamedTuple):
    """What a field was, and what it is now."""

    old: Any
    new: Any


class Row(NamedTuple):
    """An event as the database has it, the images as text."""

    id: int
    at: datetime
    txid: int
    op: str
    table_schema: str
    table_name: str
    object_id: str | None
    old: str | None
    new: str | None
    context: str | None
    db_user: str
    new_object_id: str | None


class Change:
    """What happened to one row. What it costs to make one is due only for what is asked of it."""

    def __init__(self, row: Row, source: Source, prefix: str, using: str) -> None:
        self.row = row
        self.source = source
        self.using = using
        self._prefix = prefix
        self.find: Callable[[Change], models.Model | None] | None = None

    def __repr__(self) -> str:
        return f"<Change {self.row.id}: {self.operation} {self.model._meta.label} {self.key}>"

    @property
    def idempotency_key(self) -> str:
        """The same at each delivery of this change to this subscription, and of no other."""
        return f"{self._prefix}:{self.row.id or self.row.object_id}"

    @cached_property
    def event(self) -> AuditEvent:
        """The event; one that is not stored for a SNAPSHOT of a backfill."""
        row = self.row
        values = {
            **row._asdict(),
            "old": _decoded(row.old),
            "new": _decoded(row.new),
            "context": None if row.context is None else json.loads(row.context),
        }
        event: AuditEvent = AuditEvent.from_db(
            self.using, FIELDS, [values[name] for name in FIELDS]
        )
        return event

    @property
    def operation(self) -> str:
        """``INSERT``, ``UPDATE``, ``DELETE`` or ``TRUNCATE``; ``SNAPSHOT`` in a backfill."""
        return self.row.op

    @property
    def model(self) -> type[models.Model]:
        """The model of the row, by whatever names its table and columns were recorded."""
        return self.source.model

    @property
    def context(self) -> dict[str, Any]:
        """Who and why, as the application told; empty if it told nothing."""
        return self.event.context or {}

    @property
    def at(self) -> datetime:
        """When the row changed."""
        return self.row.at

    @property
    def txid(self) -> int:
        """The transaction: the same for all that it changed."""
        return self.row.txid

    @cached_property
    def key(self) -> Any:
        """The row's primary key after the change; a tuple if composite, None for a TRUNCATE."""
        return self._key(self.row.new_object_id, self.new or self.old)

    @cached_property
    def old_key(self) -> Any:
        """The primary key before the change, which is another where an UPDATE changed it."""
        return self._key(self.row.object_id, self.old or self.new)

    @cached_property
    def old(self) -> dict[str, Any] | None:
        """The row before, by field name; None for an INSERT or a SNAPSHOT.

        With ``images="changes"`` an UPDATE has only the fields that changed. A foreign key has the
        key. Fields that the model no longer has are in ``event.old`` alone.
        """
        return self._row(self.event.old)

    @cached_property
    def new(self) -> dict[str, Any] | None:
        """The row after, likewise; None for a DELETE."""
        return self._row(self.event.new)

    @cached_property
    def changes(self) -> dict[str, Difference]:
        """What differs, by field name: everything that is not null where a row came or went."""
        old, new = self.event.old or {}, self.event.new or {}
        return {
            field.name: Difference(*((row or {}).get(field.name) for row in (self.old, self.new)))
            for column, field in self.source.fields.items()
            # As JSON: 1.0 equals 1.00, but is not the same, and neither is "1.0".
            if encode_exactly(old.get(column)) != encode_exactly(new.get(column))
        }

    def instance(self) -> models.Model | None:
        """The row as it is now; None if it is gone. One query reads those of a whole batch."""
        return self.find(self) if self.find else None

    def _row(self, image: dict[str, Any] | None) -> dict[str, Any] | None:
        if image is None:
            return None
        fields = self.source.fields
        return {
            fields[column].name: self._value(fields[column], value)
            for column, value in image.items()
            if column in fields
        }

    def _key(self, object_id: str | None, image: dict[str, Any] | None) -> Any:
        if object_id is None:
            return None
        keys = self.model._meta.pk_fields
        if CUT in object_id:
            whole = [(image or {}).get(field.name, object_id) for field in keys]
            return whole[0] if len(keys) == 1 else tuple(whole)
        if len(keys) == 1:
            return self._value(keys[0], object_id)
        return tuple(map(self._value, keys, json.loads(object_id)))

    def _value(self, field: Any, value: Any) -> Any:
        """The marker of a redacted value stays as it is, as does what was of another type."""
        try:
            return python_value(field, value, connections[self.using])
        except Unreadable:
            return value


def _decoded(image: str | None) -> Any:
    return None if image is None else json.loads(image, cls=ExactJSONDecoder)


FIELDS = [field.attname for field in AuditEvent._meta.concrete_fields]
