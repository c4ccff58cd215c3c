"""A field's value in an image is read as from the table: by its column's type, and by itself."""

import copy
import datetime as dt
import json

import pytest
from django.contrib.postgres import fields as postgres
from django.db import connection, models

from tests.capture.events import execute
from tests.capture.tables import Raw, model
from trigger_audit.models import AuditEvent
from trigger_audit.values import Unreadable, python_value

pytestmark = pytest.mark.django_db


class Wrapped:
    """What a field of a project makes of what the driver gives."""

    def __init__(self, value):
        self.value = value

    def __eq__(self, other):
        return type(other) is Wrapped and same(self.value, other.value)

    __hash__ = None

    def __repr__(self):
        return f"Wrapped({self.value!r})"


class Wraps:
    def from_db_value(self, value, expression, connection):
        return None if value is None else Wrapped(value)

    def to_python(self, value):
        return value if value is None else Wrapped(value)


def wrapping(base, **options):
    return type("Wrapping", (Wraps, base), {"__module__": __name__})(**options)


class WrapsAny(Wraps, Raw):
    pass


class NamedText(models.TextField):
    """Of a class that says nothing of the column."""

    def __init__(self, column_type="text", **options):
        super().__init__(**options)
        self.column_type = column_type

    def db_type(self, connection):
        return self.column_type


class Pairs(json.JSONDecoder):
    def __init__(self, **options):
        super().__init__(object_pairs_hook=tuple, **options)


NUMBERS = ["'NaN'", "'Infinity'", "'-Infinity'", "1e-30", "1e40", "123.4500"]
MOMENTS = ["'2026-03-29 01:30+00'", "'1900-01-01 00:00:00.000001-03:30'"]
INTERVALS = [
    *("'0'", "'400 days 05:00:00.000001'", "'-3 days 02:00:00.000007'", "'-30:00:00'"),
    *("'1 mon'", "'1 year 2 mons 3 days'", "'-1 mons +2 days'", "'1 year -3 days +04:05:06.7'"),
]
DJANGO = [
    (models.BooleanField(null=True), ["true", "false", "null"]),
    (models.BigIntegerField(), ["9223372036854775807"]),
    (models.DecimalField(max_digits=6, decimal_places=2), ["9.90", "'NaN'"]),
    (models.DecimalField(max_digits=40, decimal_places=20), ["12345678901234567890.5"]),
    (models.FloatField(), ["'NaN'", "'Infinity'", "'-Infinity'", "5e-324", "100", "1e22", "0.1"]),
    (models.BinaryField(), ["''", r"'\x00ff'"]),
    (models.DateField(), ["'0001-01-01'", "'9999-12-31'"]),
    (models.TimeField(), ["'00:00'", "'23:59:59.999999'"]),
    (models.DateTimeField(), MOMENTS),
    (models.DurationField(), INTERVALS),
    (models.GenericIPAddressField(), ["'::ffff:10.0.0.1'", "'10.0.0.1/8'"]),
    (models.JSONField(), ["'null'", "'1.0'", '\'{"a": [1.50, null, {"b": 1e-7}]}\'']),
    (models.JSONField(decoder=Pairs), ["'{\"a\": 1.5}'"]),
    (postgres.ArrayField(postgres.ArrayField(models.IntegerField())), ["'{{1,2},{3,null}}'"]),
    (postgres.ArrayField(models.FloatField(), null=True), ["'{1.5,NaN,null}'", "'{}'", "null"]),
    (postgres.ArrayField(models.DurationField()), ["ARRAY['02:00', '-1 mon']::interval[]"]),
    (postgres.ArrayField(models.JSONField()), ["ARRAY['[1.5]', 'null', null]::jsonb[]"]),
    (postgres.ArrayField(models.BinaryField()), [r"ARRAY['\x00ff']::bytea[]"]),
    (postgres.IntegerRangeField(), ["'[1,5)'", "'empty'", "'(,)'", "'(,5]'"]),
    (postgres.DecimalRangeField(), ["'[1.50,5)'", "'[1,Infinity]'", "'[1,NaN]'"]),
    (postgres.DateTimeRangeField(), ["'[2026-01-01 00:00+00,)'", "'empty'"]),
    (postgres.DateRangeField(), ["'[2026-01-01,2026-02-01)'"]),
]
WRAPPED = [
    (wrapping(models.DateTimeField), MOMENTS),
    (wrapping(models.DecimalField, max_digits=6, decimal_places=2), ["1.50"]),
    (wrapping(models.JSONField), ["'{\"a\": 1.5}'"]),
    (wrapping(models.FileField), ["'a/b.txt'"]),
    (postgres.ArrayField(wrapping(models.IntegerField)), ["'{1,null}'"]),
    (wrapping(postgres.ArrayField, base_field=models.IntegerField()), ["'{1,null}'"]),
    (wrapping(postgres.IntegerRangeField), ["'[1,5)'"]),
]
TYPES = {
    "integer": "5",
    "text": "'a'",
    "char(3)": "'a'",
    "numeric": "'NaN'",
    "numeric(6,2)": "1.50",
    "jsonb": "'{\"a\": 1.5}'",
    "json": "'{\"a\": 1.50}'",
    "timestamptz": "'2026-01-01 00:00+00'",
    "timestamp": "'2026-01-01 00:00'",
    "point": "'(1,2)'",
    "interval": "'1 day'",
    "date": "'2026-01-01'",
    "uuid": "'12345678-1234-5678-1234-567812345678'",
    "int[]": "'{{1,2},{3,4}}'",
    "numeric(6,2)[]": "'{1.50,NaN,null}'",
    "bytea": r"'\x00ff'",
    "bit(3)": "'101'",
    "float8": "1.5",
    "boolean": "true",
    "time": "'10:00'",
}
FIELDS = [(field, value) for field, values in [*DJANGO, *WRAPPED] for value in values] + [
    (field(column_type), value)
    for field in (Raw, WrapsAny, NamedText)
    for column_type, value in TYPES.items()
]


def same(read, live):
    """Of the same type and spelling; of bytes psycopg2 gives a memoryview."""
    if isinstance(live, memoryview):
        return read == bytes(live)
    if isinstance(live, list):
        return len(read) == len(live) and all(map(same, read, live))
    if isinstance(live, Wrapped):
        return read == live
    return type(read) is type(live) and repr(read) == repr(live)


def stored(audit, field, value):
    """The image of a row and what its table gives."""
    field = copy.deepcopy(field)
    typed = model("Typed", value=field)
    column_type = field.db_type(connection)
    execute(f"CREATE TABLE captured_typed (id bigint PRIMARY KEY, value {column_type})")
    audit(typed)
    execute(f"INSERT INTO captured_typed VALUES (1, {value})")
    live = typed.objects.values_list("value", flat=True).get()
    return field, AuditEvent.objects.latest("id").new["value"], live


@pytest.mark.parametrize(("field", "value"), FIELDS)
def test_a_value_is_read_as_from_the_table(audit, field, value):
    field, image, live = stored(audit, field, value)
    read = python_value(field, image, connection)
    assert same(read, live), (read, live)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata"])
@pytest.mark.parametrize("use_tz", [True, False])
def test_moments_are_as_the_settings_have_them(audit, settings, use_tz, zone):
    settings.TIME_ZONE = zone
    settings.USE_TZ = use_tz
    for number, value in enumerate(MOMENTS):
        execute("DROP TABLE IF EXISTS captured_typed")
        field, image, live = stored(audit, models.DateTimeField(), value)
        read = python_value(field, image, connection)
        assert (number, read, read.tzinfo) == (number, live, live.tzinfo)


RETYPED = [
    (models.IntegerField(), "42", 42),
    (models.IntegerField(), "1.5", Unreadable),
    (models.IntegerField(), True, Unreadable),
    (models.BooleanField(), "true", True),
    (models.BooleanField(), "maybe", Unreadable),
    (models.TextField(), True, "true"),
    (models.TextField(), {"a": [None]}, '{"a": [null]}'),
    (models.DecimalField(max_digits=6, decimal_places=2), "[redacted]", Unreadable),
    (models.DateField(), "infinity", Unreadable),
    (models.DateTimeField(), "2026-01-02", dt.datetime(2026, 1, 2, tzinfo=dt.timezone.utc)),
    (models.DateTimeField(), 7, Unreadable),
    (models.UUIDField(), 7, Unreadable),
    (postgres.ArrayField(models.IntegerField()), 7, Unreadable),
    (postgres.IntegerRangeField(), "[a,b]", Unreadable),
]


@pytest.mark.parametrize(("field", "image", "expected"), RETYPED)
def test_a_value_of_another_type_converts_without_loss_or_not_at_all(field, image, expected):
    model("Typed", value=field)
    if expected is Unreadable:
        with pytest.raises(Unreadable):
            python_value(field, image, connection)
    else:
        assert same(python_value(field, image, connection), expected)


def test_a_field_that_fails_does_not_read_the_value(monkeypatch):
    field = wrapping(models.TextField)
    model("Typed", value=field)
    monkeypatch.setattr(Wraps, "from_db_value", lambda *_: {}.popitem())
    with pytest.raises(Unreadable):
        python_value(field, "[redacted]", connection)
