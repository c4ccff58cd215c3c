"""Images as unsaved instances of their models."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, NoReturn

from django.db import connections
from django.db.models import Model

from trigger_audit.exceptions import NotRecorded
from trigger_audit.sql import bare_name
from trigger_audit.values import Unreadable, is_marker, python_value


def instance(
    model: type[Model], image: Mapping[str, Any], using: str, key: Mapping[str, Any]
) -> Model:
    """An image as an instance that is not saved.

    A field that the image does not tell of raises :class:`~trigger_audit.exceptions.NotRecorded`.
    What is no field's, or cannot be its value, is in ``kept_aside``, by column, as JSON has it.

    :param key: the primary key by attribute, which an image of changes does not tell.
    """
    values, aside = read(model, image, using)
    values = {**key, **values}
    fields = [field.attname for field in model._meta.concrete_fields]
    made: Model = model.from_db(using, fields, [values.get(name) for name in fields])
    # Not before: an __init__() that reads them would have Django query what they are now.
    for name in set(fields) - values.keys():
        made.__dict__.pop(name, None)
    made.__dict__.update(_redacted(model, aside))
    made._state.adding = True
    # Django would read the present value.
    made.refresh_from_db = partial(_refuse, model._meta.label)  # type: ignore[method-assign]
    made.kept_aside = aside  # type: ignore[attr-defined]
    return made


def _redacted(model: type[Model], aside: dict[str, Any]) -> dict[str, Any]:
    """The markers that stand for values of any type, by attribute, which are no more aside.

    Not those of foreign keys: Django would look for what they refer to.
    """
    found: dict[str, Any] = {}
    for field in model._meta.local_concrete_fields:
        column = bare_name(str(field.column))
        if is_marker(aside.get(column)) and not field.is_relation:
            found[field.attname] = aside.pop(column)
    return found


def read(
    model: type[Model], image: Mapping[str, Any], using: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The Python values of an image by attribute, and by column what is no field's value."""
    values: dict[str, Any] = {}
    aside = dict(image)
    for field in model._meta.local_concrete_fields:
        column = bare_name(str(field.column))
        if column not in image:
            continue
        try:
            values[field.attname] = python_value(field, image[column], connections[using])
        except Unreadable:
            continue
        del aside[column]
    return values, aside


def _refuse(label: str, *_: Any, fields: Any = None, **__: Any) -> NoReturn:
    names = ", ".join(f"{label}.{name}" for name in fields or ())
    raise NotRecorded(names or label)
