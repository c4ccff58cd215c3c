"""Primary keys as text, the way that people and URLs give them."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import CompositePrimaryKey, Model

from trigger_audit.exceptions import InvalidKey


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
        return primary_key.to_python(text)
    fields = model._meta.pk_fields
    parts = json.loads(text)
    if not isinstance(parts, list) or len(parts) != len(fields):
        names = ", ".join(field.name for field in fields)
        raise ValueError(f"give a JSON array of {names}")
    return tuple(field.to_python(part) for field, part in zip(fields, parts, strict=True))
