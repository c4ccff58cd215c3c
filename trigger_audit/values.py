"""JSON values of images as the Python values of model fields."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.postgres import fields as postgres
from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from trigger_audit.fields import encode_exactly

_RANGE = re.compile(
    r'([\[(])(?:"((?:[^"\\]|\\.|"")*)"|([^",]*)),(?:"((?:[^"\\]|\\.|"")*)"|([^",\])]*))([\])])'
)


class Unreadable(Exception):
    """A value is none of its field's: it was redacted, or the field had another type then."""


def python_value(field: Any, value: Any, connection: BaseDatabaseWrapper) -> Any:
    """What reading the column through the field gave, when an image has ``value``.

    :raises Unreadable: if the value cannot have been this field's.
    """
    column = column_field(field)
    try:
        read = None if value is None else _as_driver(column, value)
        for convert in column.get_db_converters(connection):
            read = convert(read, field.cached_col, connection)
    except (ValidationError, ValueError, TypeError, ArithmeticError, KeyError) as error:
        raise Unreadable(str(error)) from error
    return read


def column_field(field: Any) -> Any:
    """The field whose type a column has: that of the target, for a foreign key."""
    while field.is_relation:
        field = field.target_field
    return getattr(field, "output_field", field) if field.generated else field


def _as_driver(field: Any, value: Any) -> Any:
    """The value as the driver gives it."""
    if isinstance(field, models.JSONField):
        return encode_exactly(value)
    if isinstance(field, models.BinaryField):
        return bytes.fromhex(_text(value).removeprefix("\\x"))
    if isinstance(field, models.FloatField):
        return float(value)
    if isinstance(field, models.DateTimeField):
        return _moment(field.to_python(_text(value)))
    if isinstance(field, postgres.ArrayField):
        return [None if each is None else _as_driver(field.base_field, each) for each in value]
    if isinstance(field, postgres.RangeField):
        return _range(field, _text(value))
    return _stock(field).to_python(value)


def _stock(field: Any) -> Any:
    """Django's own field of the type, where one makes its values of what the driver gives."""
    stock = getattr(models, field.get_internal_type(), None)
    return stock() if hasattr(field, "from_db_value") and stock else field


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _moment(value: datetime) -> datetime:
    """As the settings have datetimes be."""
    if settings.USE_TZ:
        return value if timezone.is_aware(value) else timezone.make_aware(value)
    return timezone.make_naive(value) if timezone.is_aware(value) else value


def _range(field: Any, text: str) -> Any:
    if text == "empty":
        return field.range_type(empty=True)
    found = _RANGE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no range")
    opened, quoted_lower, lower, quoted_upper, upper, closed = found.groups()
    ends = [
        _bound(field.base_field, quoted, bare)
        for quoted, bare in ((quoted_lower, lower), (quoted_upper, upper))
    ]
    return field.range_type(*ends, opened + closed)


def _bound(field: Any, quoted: str | None, bare: str | None) -> Any:
    text = re.sub(r"\\(.)|\"(\")", r"\1\2", quoted) if quoted is not None else bare
    return _as_driver(field, text) if text else None
