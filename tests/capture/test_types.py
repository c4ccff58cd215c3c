"""Every value comes back from an event as it was, whatever the session that wrote it."""

import datetime as dt
import math
import uuid
from contextlib import contextmanager
from decimal import Context, Decimal

import pytest
from django.contrib.postgres import fields as postgres
from django.db import connection, models
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange, NumericRange

from tests.capture.events import Exactly, exact_json, execute, query, recorded
from tests.capture.tables import Raw, model, typed
from trigger_audit.models import AuditEvent

pytestmark = pytest.mark.django_db

ODD = {
    "TimeZone": "Asia/Kolkata",
    "DateStyle": "SQL, DMY",
    "IntervalStyle": "sql_standard",
    "bytea_output": "escape",
    "extra_float_digits": "-15",
    "standard_conforming_strings": "off",
    "escape_string_warning": "off",
    "lc_monetary": "POSIX",
    "lc_numeric": "POSIX",
    "xmloption": "document",
    "array_nulls": "on",
    "quote_all_identifiers": "on",
}
OTHER = {
    "TimeZone": "America/St_Johns",
    "DateStyle": "German",
    "IntervalStyle": "iso_8601",
    "extra_float_digits": "0",
}


@pytest.fixture(params=[ODD, OTHER], ids=["odd session", "other session"])
def session(request):
    """Settings under which a write is to look as under any others."""

    @contextmanager
    def within():
        before = {name: query("SELECT current_setting(%s)", [name])[0] for name in request.param}
        configure(request.param)
        yield
        configure(before)

    return within


def configure(settings):
    for name, value in settings.items():
        query("SELECT set_config(%s, %s, true)", [name, value])


UTC = dt.timezone.utc
WIDE = Context(prec=100)
NEWFOUNDLAND = dt.timezone(-dt.timedelta(hours=3, minutes=30))
TEXT = 'it\'s "quoted" \\ back\\slash, 100 % :name $1 {}\n\r\ttab 🐘 é \u200b \x01 \x7f'
DJANGO = [
    (models.BooleanField(null=True), [True, False, None]),
    (models.SmallIntegerField(), [-(2**15), 2**15 - 1]),
    (models.IntegerField(), [0, -(2**31), 2**31 - 1]),
    (models.BigIntegerField(), [-(2**63), 2**63 - 1, 2**53 + 1]),
    (models.PositiveBigIntegerField(), [2**63 - 1]),
    (models.DecimalField(max_digits=6, decimal_places=2), [Decimal("9.90"), Decimal("-0.10")]),
    (
        models.DecimalField(max_digits=60, decimal_places=30),
        [Decimal("1e-30"), WIDE.quantize(Decimal("1e29"), Decimal("1e-30"))],
    ),
    (models.DecimalField(max_digits=12, decimal_places=0), [Decimal(10)]),
    (models.FloatField(), [0.1, 1 / 3, -0.0, 1e308, 5e-324, math.pi, 1e22, 100.0]),
    (models.FloatField(), [math.nan, math.inf, -math.inf]),
    (models.CharField(max_length=100), ["", " ", TEXT]),
    (models.TextField(null=True), [TEXT, "null", None, "x" * 2**20, "ß" * 2**19]),
    (models.SlugField(), ["a-slug"]),
    (models.EmailField(), ["ann@example.org"]),
    (models.URLField(), ["https://example.org/?a=%20"]),
    (models.FileField(), ["a/file.txt"]),
    (models.BinaryField(), [b"", bytes(range(256)), b"\\x00"]),
    (models.DateField(), [dt.date(1, 1, 1), dt.date(2026, 2, 3), dt.date(9999, 12, 31)]),
    (models.TimeField(), [dt.time(0), dt.time(23, 59, 59, 999999)]),
    (
        models.DateTimeField(),
        [
            dt.datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
            dt.datetime(1900, 1, 1, 0, 0, 0, 1, tzinfo=NEWFOUNDLAND),
            dt.datetime(9999, 12, 30, 23, 59, 59, 999999, tzinfo=UTC),
        ],
    ),
    (
        models.DurationField(),
        [
            dt.timedelta(0),
            dt.timedelta(days=400, hours=5, microseconds=1),
            dt.timedelta(days=-3, hours=2, microseconds=7),
            -dt.timedelta(hours=30),
        ],
    ),
    (models.UUIDField(), [uuid.UUID("12345678-1234-5678-1234-567812345678")]),
    (models.GenericIPAddressField(), ["192.0.2.1", "2001:db8::1"]),
    (
        models.JSONField(null=True),
        [
            None,
            [],
            {},
            "text",
            0.1,
            {"null": None, "nested": [None, {"deep": None, "": [[]]}], "é🐘": 'quote"'},
            {"big": 2**70, "small": 1e-7, "true": True, "one": 1},
        ],
    ),
    (postgres.ArrayField(models.IntegerField()), [[], [1, None, -3]]),
    (postgres.ArrayField(models.TextField()), [["a", "NULL", None, TEXT, ""]]),
    (postgres.ArrayField(postgres.ArrayField(models.TextField())), [[["a", "b"], ["c", "d"]]]),
    (
        postgres.ArrayField(models.DecimalField(max_digits=8, decimal_places=3)),
        [[Decimal("1.000"), Decimal("-2.500")]],
    ),
    (
        postgres.ArrayField(models.DateTimeField()),
        [[dt.datetime(2026, 3, 29, 1, 30, tzinfo=UTC)]],
    ),
    (postgres.ArrayField(models.UUIDField()), [[uuid.UUID(int=1)]]),
    (
        postgres.IntegerRangeField(),
        [NumericRange(1, 5), NumericRange(None, 5, "()"), NumericRange(empty=True)],
    ),
    (postgres.DecimalRangeField(), [NumericRange(Decimal("1.0"), Decimal("2.50"), "[]")]),
    (
        postgres.DateTimeRangeField(),
        [
            DateTimeTZRange(
                dt.datetime(2026, 3, 29, 1, tzinfo=UTC), dt.datetime(2026, 10, 25, tzinfo=UTC), "(]"
            )
        ],
    ),
]
VALUES = [(field, value) for field, values in DJANGO for value in values]


def name(example):
    return example[0].get_internal_type() if isinstance(example, tuple) else str(example)


@pytest.mark.parametrize("example", VALUES, ids=name)
def test_field_of_django(audit, session, example):
    field, value = example
    field = field.clone()
    typed(field.db_type(connection))
    thing = model("Typed", value=field)
    audit(thing)
    thing.objects.create(id=1, value=value)
    with session():
        thing.objects.update(id=2)
    inserted, updated = AuditEvent.objects.filter(table_name="captured_typed")
    assert inserted.new == updated.old
    assert updated.old["value"] == updated.new["value"]
    assert same(python_value(field, updated.new["value"]), value)


def python_value(field, stored):
    """The value of a field, from what an event has stored."""
    if stored is None or isinstance(field, models.JSONField):
        return plain(stored)
    if isinstance(field, models.BinaryField):
        return bytes.fromhex(stored.removeprefix(r"\x"))
    if isinstance(field, postgres.ArrayField):
        return [python_value(field.base_field, each) for each in stored]
    if isinstance(field, postgres.RangeField):
        return query(f"SELECT %s::{field.db_type(connection)}", [stored])[0]
    return field.to_python(stored)


def plain(document):
    """A JSON document as Django reads it, with floats for its fractions."""
    if isinstance(document, dict):
        return {key: plain(value) for key, value in document.items()}
    if isinstance(document, list):
        return [plain(value) for value in document]
    return float(document) if isinstance(document, Decimal) else document


def same(one, other):
    """Equal to the last digit, NaN to itself."""
    if isinstance(one, (float, Decimal)):
        return type(one) is type(other) and (str(one) == str(other) or one == other == 0)
    return one == other


POSTGRESQL = [
    ("smallint", "-32768"),
    ("real", "0.1", "3.4028235e+38", "NaN", "-Infinity"),
    ("double precision", "0.1", "1e-300", "123456789012345680"),
    ("numeric", "1.000", "-0.00", "NaN", "1e1000", "12345678901234567890.123456789012345678900"),
    ("numeric(10, 3)", "5"),
    ("money", "1234567.89", "-0.50"),
    ("money[]", "{1.50,NULL}", "{{1},{2}}"),
    ("text", "a\\b", "'", ""),
    ("varchar(5)", "abc"),
    ("char(5)", "abc"),
    ('"char"', "x"),
    ("name", "a name"),
    ("bytea", r"\x00ff5c27"),
    ("date", "infinity", "0044-03-15 BC", "2026-02-03"),
    ("time", "24:00"),
    ("time with time zone", "04:05:06.789-08"),
    ("timestamp", "-infinity", "2026-02-03 04:05:06.789", "0044-03-15 00:00 BC"),
    ("timestamp with time zone", "infinity", "2026-02-03 04:05:06.789+05:45"),
    ("interval", "1 year 2 mons -3 days 04:05:06.789", "-00:00:01", "1 mon", "30 days"),
    ("boolean", "t"),
    ("uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    ("inet", "192.168.0.1/24", "::1"),
    ("cidr", "10.0.0.0/8"),
    ("macaddr", "08:00:2b:01:02:03"),
    ("macaddr8", "08:00:2b:01:02:03:04:05"),
    ("bit(3)", "101"),
    ("bit varying", "0011"),
    ("point", "(0.1,-2)"),
    ("line", "{1,2,3}"),
    ("lseg", "[(0,0),(1,0.1)]"),
    ("box", "(2,2),(0,0)"),
    ("path", "[(0,0),(1,1)]"),
    ("polygon", "((0,0),(1,1),(1,0))"),
    ("circle", "<(0,0),0.1>"),
    ("tsvector", "'fat':2A 'rat':3"),
    ("tsquery", "'fat' & !'rat':*"),
    ("jsonpath", '$."a"[*]?(@ > 1)'),
    ("jsonb", '{"a": [1.00, null, {"b": null}], "é": "\\""}', "1.10", '"text"'),
    ("pg_lsn", "16/B374D848"),
    ("xid8", "18446744073709551615"),
    ("oid", "4294967295"),
    ("regclass", "pg_catalog.pg_class"),
    ("tid", "(1,2)"),
    ("int4range", "[1,5)", "empty"),
    ("numrange", "(1.0,2.50]"),
    ("tsrange", '["2026-01-01 00:00:00","2026-01-02 00:00:00")'),
    ("tstzrange", '["2026-01-01 00:00:00+02",)'),
    ("daterange", "[2026-01-01,2026-02-01)"),
    ("int4multirange", "{[1,3),[5,7)}"),
    ("tstzmultirange", '{["2026-01-01 00:00:00+02","2026-01-02 00:00:00+02")}'),
    ("integer[]", "{1,NULL,3}", "{{1,2},{3,4}}", "{}"),
    ("numeric[]", "{1.0,1.00}"),
    ("text[]", '{a,"NULL",NULL,"x,y","{}","\\""}'),
    ("bytea[]", r'{"\\x00","\\xff"}'),
    ("timestamp with time zone[]", '{"2026-01-01 00:00:00+02"}'),
    ("interval[]", '{"1 mon -1 days"}'),
    ("real[]", "{0.1,NaN}"),
    ("jsonb[]", '{"{\\"a\\": 1.0}"}'),
    ("mood", "ok", "very 'happy'"),
    ("mood[]", "{ok,\"very 'happy'\"}"),
    ("percent", "12.50"),
    ("place", '(here,0.10,"2026-01-01 00:00:00+02")'),
    ("place[]", '{"(here,0.10,\\"2026-01-01 00:00:00+02\\")"}'),
]
TEXTS = [(column_type, text) for column_type, *texts in POSTGRESQL for text in texts]


@pytest.fixture
def own_types():
    execute("CREATE TYPE mood AS ENUM ('ok', 'very ''happy''')")
    execute("CREATE DOMAIN percent AS numeric CHECK (value BETWEEN 0 AND 100)")
    execute("CREATE TYPE place AS (name text, price numeric, since timestamptz)")


@pytest.mark.parametrize("example", TEXTS, ids=" ".join)
def test_type_of_postgresql(audit, own_types, session, example):
    """Read with jsonb_populate_record, an event is the row again, bit by bit."""
    column_type, text = example
    audit(typed(column_type))
    execute("INSERT INTO captured_typed VALUES (1, CAST(%s AS text)::" + column_type + ")", [text])
    with session():
        execute("UPDATE captured_typed SET id = 2")
    assert query(
        """
        SELECT jsonb_populate_record(NULL::captured_typed, event.new) *= captured_typed,
            event.old - 'id' = event.new - 'id' AND event.new ? 'value'
        FROM trigger_audit_event AS event, captured_typed
        WHERE event.op = 'UPDATE' AND event.table_name = 'captured_typed'
        """
    ) == (True, True)


LOOKS = [
    ("numeric", "1.000", Exactly("1.000")),
    ("numeric", "NaN", "NaN"),
    ("double precision", "0.1", Exactly("0.1")),
    ("real", "0.1", Exactly("0.1")),
    ("double precision", "-Infinity", "-Infinity"),
    ("bigint", "9007199254740993", 9007199254740993),
    ("boolean", "t", True),
    ("bytea", r"\x00ff", r"\x00ff"),
    ("date", "2026-02-03", "2026-02-03"),
    ("timestamp with time zone", "2026-02-03 04:05+05:45", "2026-02-02T22:20:00+00:00"),
    ("timestamp", "2026-02-03 04:05:06.7", "2026-02-03T04:05:06.7"),
    ("interval", "1 year 2 mons -3 days 04:05:06.7", "1 year 2 mons -3 days +04:05:06.7"),
    ("money", "1234567.89", Exactly("1234567.89")),
    ("money[]", "{1234567.89,NULL}", [Exactly("1234567.89"), None]),
    ("daterange", "[2026-01-01,2026-02-01]", "[2026-01-01,2026-02-02)"),
    ("tstzrange", "[2026-01-01 00:00+02,)", '["2025-12-31 22:00:00+00",)'),
    ("inet", "192.0.2.1", "192.0.2.1"),
    ("mood", "ok", "ok"),
    ("json", r'{"b": 1.0,  "a": "\u0000", "b": 2}', r'{"b": 1.0,  "a": "\u0000", "b": 2}'),
    ("jsonb", '{"b": 1.0, "a": null}', {"a": None, "b": Exactly("1.0")}),
    ("json[]", r'{"\"\\u0000\"",NULL}', r'{"\"\\u0000\"",NULL}'),
]


@pytest.mark.proof
@pytest.mark.parametrize("example", LOOKS, ids=lambda example: " ".join(example[:2]))
def test_values_look_alike_whoever_writes(audit, own_types, session, example):
    column_type, text, expected = example
    audit(typed(column_type))
    execute("INSERT INTO captured_typed VALUES (1, CAST(%s AS text)::" + column_type + ")", [text])
    with recorded() as events, session():
        execute("UPDATE captured_typed SET id = 2")
    assert [event.new for event in events] == [{"id": 2, "value": expected}]


def test_json_is_kept_to_the_letter(audit, session):
    """Unlike jsonb it may hold NUL, a key twice, and white space."""
    text = r'{"a": 1.0,  "a": "\u0000", "A": null}'
    audit(typed("json"))
    with session():
        execute("INSERT INTO captured_typed VALUES (1, CAST(%s AS text)::json)", [text])
    restored = query("SELECT (new->>'value')::json::text FROM trigger_audit_event ORDER BY id DESC")
    assert restored == (text,)


@pytest.mark.contrib
def test_hstore_and_citext(audit, session):
    execute("CREATE EXTENSION hstore")
    execute("CREATE EXTENSION citext")
    execute("CREATE TABLE captured_typed (id bigint PRIMARY KEY, value hstore, other citext)")
    audit(model("Typed", value=postgres.HStoreField(), other=models.TextField()))
    with session():
        execute("INSERT INTO captured_typed VALUES (1, 'a=>1, b=>NULL, \"c d\"=>\"\"', 'Ann')")
    new = query("SELECT new::text FROM trigger_audit_event ORDER BY id DESC LIMIT 1")
    value = {"a": "1", "b": None, "c d": ""}
    assert exact_json(*new) == {"id": 1, "value": value, "other": "Ann"}


KEYS = [
    ("bigint", "9223372036854775807", "9223372036854775807"),
    ("uuid", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    ("text", TEXT, TEXT),
    ("char(5)", "ab", "ab"),
    ("numeric(8, 2)", "5", "5.00"),
    ("date", "2026-02-03", "2026-02-03"),
    ("timestamp with time zone", "2026-02-03 04:05+05:45", "2026-02-02 22:20:00+00"),
    ("interval", "90 minutes", "01:30:00"),
    ("bytea", r"\x00ff", r"\x00ff"),
    ("inet", "192.0.2.1/24", "192.0.2.1/24"),
    ("double precision", "0.1", "0.1"),
]


@pytest.mark.parametrize("example", KEYS, ids=lambda example: example[0])
def test_key_looks_alike_whoever_writes(audit, session, example):
    column_type, text, expected = example
    execute(f"CREATE TABLE captured_keyed (key {column_type} PRIMARY KEY)")
    audit(model("Keyed", key=Raw(column_type, primary_key=True)))
    value = f"CAST(%s AS text)::{column_type}"
    execute(f"CREATE TABLE given AS SELECT {value} AS key", [text])
    with recorded() as events, session():
        execute("INSERT INTO captured_keyed SELECT key FROM given")
    assert [event.object_id for event in events] == [expected]
