"""What an event changed, field by field, as Python values and as people read them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import router
from django.db.models import Model

from trigger_audit.fields import encode_exactly
from trigger_audit.instances import read
from trigger_audit.sql import bare_name

Image = dict[str, Any]
Images = tuple[Image | None, Image | None]


@dataclass(frozen=True)
class Change:
    """A field that an event changed; a column by its name, if no field has it any more.

    What cannot be the field's value, such as a redacted one, is given as JSON has it.
    """

    field: str
    verbose_name: str
    old: Any
    new: Any
    old_display: str
    new_display: str


class Displays:
    """How people read values: labels of choices, and what foreign keys refer to."""

    def __init__(self, using: str, images: Iterable[tuple[type[Model] | None, Images]]) -> None:
        self.using = using
        self.images = images

    def of(self, field: Any, value: Any) -> str:
        """A value of a field, which is None for a column that is no field's; empty for null."""
        if value is None:
            return ""
        if field is not None and field.is_relation:
            return str(self._targets.get((field, _hashable(value)), value))
        labels = dict(field.flatchoices) if field is not None and field.choices else {}
        return str(labels.get(_hashable(value), value))

    @cached_property
    def _targets(self) -> dict[tuple[Any, Any], Model]:
        """What foreign keys refer to, as far as it is still there."""
        wanted: dict[Any, set[Any]] = defaultdict(set)
        for model, (old, new) in self.images:
            for image in filter(None, (old, new)):
                for field, value in _references(model, image, self.using):
                    wanted[field].add(value)
        return {
            (field, getattr(target, field.target_field.attname)): target
            for field, values in wanted.items()
            for target in _found(field, list(values), self.using)
        }


def changes(model: type[Model] | None, images: Images, displays: Displays) -> list[Change]:
    """The columns where two images differ, those of fields first and in their order."""
    old, new = (image or {} for image in images)
    fields = _fields(model)
    differing = [name for name in dict.fromkeys([*fields, *old, *new]) if _differs(old, new, name)]
    return [_change(model, fields.get(name), name, (old, new), displays) for name in differing]


def _differs(old: Image, new: Image, name: str) -> bool:
    """A column that is left out counts as null; 1.0 equals 1.00, but is not the same."""
    return encode_exactly(old.get(name)) != encode_exactly(new.get(name))


def _change(
    model: Any, field: Any, column: str, images: tuple[Image, Image], displays: Displays
) -> Change:
    old, new = (_value(model, field, column, image, displays.using) for image in images)
    return Change(
        field=field.name if field else column,
        verbose_name=str(field.verbose_name) if field else column,
        old=old,
        new=new,
        old_display=displays.of(field, old),
        new_display=displays.of(field, new),
    )


def _value(model: Any, field: Any, column: str, image: Image, using: str) -> Any:
    raw = image.get(column)
    if field is None or raw is None:
        return raw
    values, _ = read(model, {column: raw}, using)
    return values.get(field.attname, raw)


def _references(model: Any, image: Image, using: str) -> Iterator[tuple[Any, Any]]:
    relations = {name: field for name, field in _fields(model).items() if field.is_relation}
    if model is None or not relations:
        return
    values, _ = read(model, {name: image[name] for name in relations if name in image}, using)
    for field in relations.values():
        if values.get(field.attname) is not None:
            yield field, values[field.attname]


def _found(field: Any, values: list[Any], using: str) -> Iterable[Model]:
    target = field.related_model
    is_here = router.allow_migrate_model(using, target)
    rows = target._base_manager.using(using if is_here else router.db_for_read(target))
    found: Iterable[Model] = rows.filter(**{f"{field.target_field.attname}__in": values})
    return found


def _fields(model: type[Model] | None) -> dict[str, Any]:
    concrete: Iterable[Any] = model._meta.local_concrete_fields if model else ()
    return {bare_name(field.column): field for field in concrete}


def _hashable(value: Any) -> Any:
    """A list or an object is no choice."""
    return str(value) if isinstance(value, (list, dict, set)) else value
