"""How the audit table's columns become Python values."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class ExactJSONDecoder(json.JSONDecoder):
    """Numbers with a fraction become :class:`~decimal.Decimal`: a price keeps its scale."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"parse_float": Decimal, **kwargs})


def encode_exactly(value: Any) -> str:
    """What :class:`ExactJSONDecoder` read, as JSON with the same numbers."""
    if isinstance(value, dict):
        pairs = (f"{encode_exactly(key)}: {encode_exactly(part)}" for key, part in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(encode_exactly, value)) + "]"
    if isinstance(value, Decimal):
        return format(value, "f")
    return json.dumps(value, ensure_ascii=False)


class ExactJSONEncoder(json.JSONEncoder):
    """The way back: what was read can be looked for."""

    def encode(self, o: Any) -> str:
        return encode_exactly(o)


class TransactionIdField(models.BigIntegerField):  # type: ignore[type-arg]  # No type at run time.
    """A full transaction id, PostgreSQL's ``xid8``, as an integer."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "xid8"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> int | None:
        return None if value is None else int(value)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        # An xid8 has no cast from an integer; from an untyped literal it has.
        return None if value is None else str(value)
