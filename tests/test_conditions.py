"""What conditions compare with is the same SQL under every driver, and means the same value."""

import datetime as dt
import uuid
from decimal import Decimal

import pgtrigger
import pytest
from django.db import connection

from tests.captured.models import Measurement, Unaudited
from trigger_audit.conditions import literal, resolve

UTC = dt.timezone.utc

LITERALS = [
    (None, "NULL"),
    (True, "true"),
    (7, "7"),
    (-7, "(-7)"),
    (Decimal("-1.50"), "(-1.50)"),
    (Decimal("Infinity"), "'Infinity'::numeric"),
    (2.5, "2.5"),
    (float("-inf"), "'-inf'::float8"),
    ("it's", "'it''s'"),
    ("C:\\temp", "E'C:\\\\temp'"),
    ("one\r\n'two'\\", "E'one\\r\\n''two''\\\\'"),
    ("100 % 🐘 é", "'100 % 🐘 é'"),
    (b"\x00\\'", "E'\\\\x005c27'::bytea"),
    (dt.date(2026, 1, 31), "'2026-01-31'::date"),
    (dt.time(23, 59, 1, 5), "'23:59:01.000005'::time"),
    (dt.datetime(2026, 1, 31, 12), "'2026-01-31T12:00:00'::timestamp"),
    (dt.datetime(2026, 1, 31, 12, tzinfo=UTC), "'2026-01-31T12:00:00+00:00'::timestamptz"),
    (dt.timedelta(-2, 3, 4), "'-2 days 3.000004 seconds'::interval"),
    (uuid.UUID(int=1), "'00000000-0000-0000-0000-000000000001'::uuid"),
    (["a", "b'"], "ARRAY['a', 'b''']"),
]


@pytest.mark.parametrize(("value", "expected"), LITERALS, ids=repr)
def test_literal(value, expected):
    assert literal(value) == expected


@pytest.mark.django_db
@pytest.mark.parametrize("value", [value for value, _ in LITERALS], ids=repr)
@pytest.mark.parametrize("conforming", ["on", "off"])
def test_literal_means_its_value(value, conforming):
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL standard_conforming_strings = {conforming}")
        cursor.execute("SET LOCAL escape_string_warning = off")
        cursor.execute(f"SELECT {literal(value)}")
        (read,) = cursor.fetchone()
    assert (bytes(read) if isinstance(value, bytes) else read) == value


def test_value_that_only_the_driver_knows_is_quoted_by_it():
    condition = pgtrigger.Q(new__status__regex="^a")
    assert "'^a'" in resolve(condition, Unaudited)
    assert literal(memoryview(b"a")).endswith("::bytea")


def test_dates_are_compared_as_dates():
    condition = pgtrigger.Q(new__day__lt=dt.date(2026, 1, 31))
    assert resolve(condition, Measurement) == "(NEW.\"day\" < '2026-01-31'::date)"


def test_comment_at_the_end_does_not_swallow_the_bracket():
    condition = pgtrigger.Condition("NEW.amount > 1 -- enough")
    assert resolve(condition, Unaudited) == "(NEW.amount > 1 -- enough\n)"


def test_row_names_inside_a_value_stay():
    condition = pgtrigger.Q(new__status='"OLD".status')
    assert resolve(condition, Unaudited) == '(NEW."status" = \'"OLD".status\')'
