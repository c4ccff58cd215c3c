"""What images hold, as the Python values of fields."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models

REDACTED = frozenset({"[redacted]", "[redacted: changed]"})
"""What stands for a value that is not recorded."""


def python_value(field: Any, value: Any) -> Any:
    """A value of an image as an instance of the model would have it.

    What the field does not take, such as the marker of a redacted value, stays as it is.
    """
    if value is None or (isinstance(value, str) and value in REDACTED):
        return value
    try:
        return _converted(target(field), value)
    except (ValidationError, ValueError, TypeError):
        return value


def target(field: Any) -> Any:
    """The field that holds the value of a relation, also through several."""
    while field.is_relation:
        field = field.target_field
    return field


def _converted(field: Any, value: Any) -> Any:
    if isinstance(field, ArrayField):
        return [python_value(field.base_field, each) for each in value]
    if isinstance(field, models.JSONField):
        return json.loads(json.dumps(value, default=float), cls=field.decoder)
    if isinstance(field, models.BinaryField):
        return bytes.fromhex(value.removeprefix("\\x"))
    return field.to_python(value)
