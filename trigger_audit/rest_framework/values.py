"""Values of any field, as something that every renderer takes."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.utils.duration import duration_string
from rest_framework import serializers

TEXT = (str, bool, int)


def plain(value: Any) -> Any:
    """``value`` in JSON's types: numbers with a fraction as text, bytes as PostgreSQL's hex."""
    if value is None or type(value) in TEXT:
        return value
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [plain(each) for each in value]
    spell = next((spell for kind, spell in SPELLINGS.items() if isinstance(value, kind)), str)
    return spell(value)


def _number(value: float) -> float | str:
    # JSON has neither of them.
    return value if math.isfinite(value) else str(value)


SPELLINGS: dict[Any, Callable[[Any], Any]] = {
    float: _number,
    int: int,
    Decimal: lambda value: format(value, "f"),
    datetime: lambda value: serializers.DateTimeField().to_representation(value),
    date: date.isoformat,
    time: time.isoformat,
    timedelta: duration_string,
    (bytes, bytearray, memoryview): lambda value: "\\x" + bytes(value).hex(),
}
"""By type, the narrower one first; anything else reads as its ``str()``."""
