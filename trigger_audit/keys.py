"""Primary keys that a row can have, and keys as text, the way that people and URLs give them."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.models import CompositePrimaryKey, Model

from trigger_audit.exceptions import InvalidKey
from trigger_audit.values import column_field

RANGES: dict[str, tuple[int, int]] = BaseDatabaseOperations.integer_field_ranges
"""The least and the greatest number of each type of Django's."""


def key_part(row: Model, field: Any) -> Any:
    """What a row has in a field of its key, which must be of the column's type.

    :raises InvalidKey: if the column cannot have it.
    """
    value = _value(row, field)
    try:
        return of_type(field, value)
    except (ValidationError, ValueError, TypeError) as error:
        detail = f"{value!r} of {field.model._meta.label}.{field.name}"
        raise InvalidKey(detail) from error


def _value(row: Model, field: Any) -> Any:
    """Of a row that was given its key alone, the key of a parent is in what links them."""
    value = getattr(row, field.attname)
    link = row._meta.get_ancestor_link(field.model) if value is None else None
    return getattr(row, link.attname) if link else value


def row_of_key(model: type[Model], text: str, using: str) -> Model:
    """An instance that has the key alone; its row need not be there any more.

    :param text: the key; a composite one as a JSON array.
    :param using: the alias of the database that it is of.
    :raises InvalidKey: if no row of the model can have that key.
    """
    row = model()
    try:
        row.pk = _key(model, text)
    except (ValidationError, ValueError, TypeError) as error:
        detail = "; ".join(getattr(error, "messages", [str(error)]))
        raise InvalidKey(f"'{text}' of {model._meta.label}: {detail}") from error
    row._state.adding = False
    row._state.db = using
    return row


def _key(model: type[Model], text: str) -> Any:
    primary_key = model._meta.pk
    if not isinstance(primary_key, CompositePrimaryKey):
        return of_type(primary_key, primary_key.to_python(text))
    fields = model._meta.pk_fields
    parts = json.loads(text)
    if not isinstance(parts, list) or len(parts) != len(fields):
        names = ", ".join(field.name for field in fields)
        raise ValueError(f"give a JSON array of {names}")
    pairs = zip(fields, parts, strict=True)
    return tuple(of_type(field, field.to_python(part)) for field, part in pairs)


def of_type(field: Any, value: Any) -> Any:
    """A value that the column of a field can hold.

    :raises ValueError: for a number that it cannot; whatever the field raises for other values.
    """
    column = column_field(field)
    number = column.get_prep_value(value)
    least, greatest = RANGES.get(column.get_internal_type(), (number, number))
    if isinstance(number, int) and not least <= number <= greatest:
        raise ValueError(f"{value!r} is out of range")
    return value
