"""Every value of every field can be told."""

import json
import uuid
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from ipaddress import ip_address

import pytest
from django.db import models
from django.db.backends.postgresql.psycopg_any import NumericRange
from rest_framework.renderers import JSONRenderer

from trigger_audit.rest_framework.values import plain

KEY = uuid.UUID("12345678-1234-5678-1234-567812345678")


class Colour(models.TextChoices):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, None),
        (True, True),
        ("é", "é"),
        (2**64, 2**64),
        (0.5, 0.5),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (Decimal("5.10"), "5.10"),
        (Decimal("1E+3"), "1000"),
        (Decimal("NaN"), "NaN"),
        (date(2026, 11, 24), "2026-11-24"),
        (time(9, 30), "09:30:00"),
        (datetime(2026, 11, 24, 9, 30, tzinfo=timezone.utc), "2026-11-24T09:30:00Z"),
        (timedelta(days=1, hours=2), "1 02:00:00"),
        (KEY, str(KEY)),
        (b"\x00\xff", "\\x00ff"),
        (memoryview(b"a"), "\\x61"),
        (ip_address("::1"), "::1"),
        (NumericRange(1, 3), "[1, 3)"),
        (Colour.RED, "red"),
        ([Decimal("1.0"), None], ["1.0", None]),
        ((1, b"a"), [1, "\\x61"]),
        ({"a": {"b": [float("inf")]}, 1: 2}, {"a": {"b": ["inf"]}, "1": 2}),
    ],
)
def test_values(value, told, settings):
    settings.TIME_ZONE = "UTC"
    assert json.loads(JSONRenderer().render([plain(value)])) == [told]
