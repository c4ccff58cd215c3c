"""JSON values of images as the Python values of model fields."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from trigger_audit.drivers import driver_value, is_known

MARKERS = ("[redacted]", "[redacted: changed]")
"""What a redacted value reads as; see ``sql_templates/columns/redacted_change.sql``."""


class Unreadable(Exception):
    """A value is none of its field's: it was redacted, or the field had another type then."""


def python_value(field: Any, value: Any, connection: BaseDatabaseWrapper) -> Any:
    """What reading the column through the field gave, when an image has ``value``.

    :raises Unreadable: if the value cannot have been this field's.
    """
    column = column_field(field)
    try:
        read = _as_driver(column, value, connection)
    except (ValidationError, ValueError, TypeError, ArithmeticError, KeyError) as error:
        raise Unreadable(str(error)) from error
    try:
        for convert in column.get_db_converters(connection):
            read = convert(read, field.cached_col, connection)
    # A field of the project's may answer in any way to a value that it never wrote.
    except Exception as error:
        raise Unreadable(str(error)) from error
    return read


def column_field(field: Any) -> Any:
    """The field whose type a column has: that of the target, for a foreign key."""
    while field.is_relation:
        field = field.target_field
    return getattr(field, "output_field", field) if field.generated else field


def _as_driver(field: Any, value: Any, connection: BaseDatabaseWrapper) -> Any:
    """The value as the driver gives it."""
    db_type = field.db_type(connection) or ""
    if value is None or is_known(db_type):
        return driver_value(db_type, value, connection)
    # A type that is not known is most likely a domain over what the field's class has.
    stock = getattr(models, field.get_internal_type(), None)
    return stock().to_python(value) if stock else value


def is_marker(value: Any) -> bool:
    """Whether it stands for a redacted value. A text that happens to read so counts as one."""
    return isinstance(value, str) and value in MARKERS
