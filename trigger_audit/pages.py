"""What events that are read together share: each lookup is one query for all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import CompositePrimaryKey, Model

from trigger_audit.changes import Change, Displays, Images, changes
from trigger_audit.exceptions import ModelGone
from trigger_audit.fields import ExactJSONDecoder
from trigger_audit.instances import instance, read
from trigger_audit.names import Name, Renames, models_by_table
from trigger_audit.values import Unreadable, python_value


class Page:
    """Events of one database, and what they refer to as it is now."""

    def __init__(self, events: Sequence[Any]) -> None:
        self.events = events

    @property
    def using(self) -> str:
        """The alias of the database."""
        return str(self.events[0]._state.db or DEFAULT_DB_ALIAS)

    @cached_property
    def renames(self) -> Renames:
        """What was renamed since the first of the events."""
        return Renames.read(self.using, min(event.id for event in self.events))

    @cached_property
    def models(self) -> dict[Name, type[Model]]:
        """The models of the events' tables."""
        names = {self.renames.table(event)[1] for event in self.events}
        return models_by_table(connections[self.using], names)

    def model(self, event: Any) -> type[Model] | None:
        """The model whose table an event is of."""
        return self.models.get(self.renames.table(event))

    def images(self, event: Any) -> Images:
        """Both images, by the columns' names now."""
        if event.op == event.Operation.RENAME:
            return None, None
        old, new = (
            image and self.renames.columns(event, image) for image in (event.old, event.new)
        )
        return old, new

    def instance(self, event: Any, image: dict[str, Any] | None) -> Model | None:
        """One of the images as an unsaved instance."""
        if image is None:
            return None
        model = self.model(event)
        if model is None:
            raise ModelGone(f"{event.table_schema}.{event.table_name}, event {event.pk}")
        key = _parts(model, event.object_id, self.using) or ()
        names = (field.attname for field in model._meta.pk_fields)
        return instance(model, image, self.using, dict(zip(names, key, strict=False)))

    def live(self, event: Any) -> Model | None:
        """The row as it is now, None if it is not there."""
        model = self.model(event)
        key = self._key(event)
        return self._rows.get((model, key)) if model and key is not None else None

    @cached_property
    def _rows(self) -> dict[tuple[type[Model], Any], Model]:
        wanted = defaultdict(set)
        for event in self.events:
            model, key = self.model(event), self._key(event)
            if model is not None and key is not None:
                wanted[model].add(key)
        return {
            (model, row.pk): row
            for model, keys in wanted.items()
            for row in model._base_manager.using(self.using).filter(pk__in=list(keys))
        }

    def _key(self, event: Any) -> Any:
        """The primary key that a row has after an event."""
        model = self.model(event)
        if model is None or event.object_id is None:
            return None
        old, new = self.images(event)
        values, _ = read(model, {**(old or {}), **(new or {})}, self.using)
        names = [field.attname for field in model._meta.pk_fields]
        if values.keys() >= set(names):
            parts: tuple[Any, ...] | None = tuple(values[name] for name in names)
        else:
            parts = _parts(model, event.object_id, self.using)
        return parts and (parts if isinstance(model._meta.pk, CompositePrimaryKey) else parts[0])

    def changes(self, event: Any) -> list[Change]:
        """What an event changed, in the order of the model's fields."""
        if event.op not in {"INSERT", "UPDATE", "DELETE"}:
            return []
        return changes(self.model(event), self.images(event), self._displays)

    @cached_property
    def _displays(self) -> Displays:
        return Displays(
            self.using, [(self.model(event), self.images(event)) for event in self.events]
        )


def _parts(model: type[Model], object_id: str | None, using: str) -> tuple[Any, ...] | None:
    """The key that ``object_id`` names, None if it names none."""
    fields = model._meta.pk_fields
    try:
        parts = ExactJSONDecoder().decode(object_id or "") if len(fields) > 1 else [object_id]
        pairs = zip(fields, parts, strict=True)
        return tuple(python_value(field, part, connections[using]) for field, part in pairs)
    except (Unreadable, ValueError, TypeError):
        return None
