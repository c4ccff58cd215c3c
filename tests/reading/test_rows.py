"""What an image holds is written back as it was, whatever its type."""

import pytest
from django.db import connection

from tests.capture.events import execute, query
from trigger_audit.revert import tables
from trigger_audit.revert.rows import Rows

pytestmark = pytest.mark.django_db

VALUES = [
    ("json", """'{"b": 1,  "a": [1.50, null]}'"""),
    ("json", "'null'"),
    ("json", r"""'{"a": "\u0000"}'"""),
    ("json[]", """ARRAY['{"a": 1}', NULL, '"x"']::json[]"""),
    ("jsonb", """'{"b": 1, "a": [1.50, null, {"c": ""}]}'"""),
    ("jsonb", "'\"text\"'"),
    ("jsonb NOT NULL", "'null'"),
    ("money", "'1234.50'"),
    ("money[]", "ARRAY[['1.00', '-2.50'], ['3', NULL]]::money[]"),
    ("numeric", "'12345678901234567890.12345678901234567890'"),
    ("numeric", "'1e-30'"),
    ("numeric", "'NaN'"),
    ("double precision", "'0.1'::float8 + '0.2'::float8"),
    ("real", "'1e-40'"),
    ("double precision", "'-Infinity'"),
    ("bytea", r"'\x00ff25'"),
    ("timestamptz", "'2026-03-29 01:59:59.123456+01'"),
    ("timestamptz", "'infinity'"),
    ("timestamp", "'2026-03-29 02:30:00'"),
    ("date", "'-infinity'"),
    ("timetz", "'12:00:00+05:30'"),
    ("interval", "'-1 year 3 days -04:05:06.7'"),
    ("uuid", "'6c8f4d2e-0000-4000-8000-000000000001'"),
    ("inet", "'10.0.0.1/8'"),
    ("int4range", "'[1,5)'"),
    ("tstzmultirange", "'{[2026-01-01 00:00+00, 2026-02-01 00:00+00)}'"),
    ("text[]", """ARRAY[['a,b', '"'], ['{}', NULL]]"""),
    ("text", "E'%s 100% é \\U0001F600 \\\\ \\n'"),
    ("point", "'(1.5,-2)'"),
    ("bit varying", "'0101'"),
    ("char(5)", "'ab'"),
    ("tsvector", "'a:1 b:2'"),
    ("boolean", "true"),
]


@pytest.mark.parametrize(("column_type", "value"), VALUES)
def test_a_value_is_written_back(column_type, value):
    check(column_type, value)


@pytest.mark.contrib
@pytest.mark.parametrize(
    ("extension", "value"),
    [
        ("hstore", '\'"a"=>"1", "q\\"\\\\"=>NULL, ""=>"=>, é"\''),
        ("hstore", "''"),
        ("citext", "'AbC'"),
        ("ltree", "'a.b'"),
    ],
)
def test_a_value_of_an_extension_is_written_back(extension, value):
    execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
    check(extension, value)


def test_a_value_of_a_domain_or_a_composite_type_is_written_back():
    execute("CREATE DOMAIN document AS json; CREATE DOMAIN price AS numeric(8, 2) NOT NULL")
    execute("CREATE TYPE part AS (name text, sizes integer[], at timestamptz)")
    check("document", """'{"a": 1.50}'""")
    check("price", "1.5")
    check("part", "ROW('a', '{1,NULL}', '2026-01-01 00:00+00')::part")


def check(column_type, value):
    """A row is read, deleted, written from its image and read again."""
    execute("DROP TABLE IF EXISTS kept")
    execute(
        f'CREATE TABLE kept (id integer GENERATED ALWAYS AS IDENTITY, "100% {{}}" {column_type})'
    )
    execute('INSERT INTO kept ("100% {}") VALUES (' + value + ")")
    before = query("SELECT kept::text FROM kept")
    rows, (table,) = Rows(connection), load("kept")
    execute("SET LOCAL TimeZone = 'Asia/Tokyo'; SET LOCAL DateStyle = 'SQL, DMY'")
    execute("SET LOCAL IntervalStyle = 'sql_standard'; SET LOCAL bytea_output = 'escape'")
    (image,) = rows.present(table, [{"id": 1}], lock=True)
    assert rows.normalised(table, list(table.columns), [image]) == [image]
    assert rows.delete(table, [{"id": "1"}]) == 1
    assert rows.insert(table, list(table.columns), [image]) == 1
    assert rows.present(table, [{"id": 1}], lock=False) == [image]
    update = ({"id": 1}, {"100% {}": image["100% {}"]})
    assert rows.update(table, ["100% {}"], [update]) == 1
    execute("RESET TimeZone; RESET DateStyle; RESET IntervalStyle; RESET bytea_output")
    assert query("SELECT kept::text FROM kept") == before


def load(*names):
    return tables.load(connection, [("public", name) for name in names], {}).values()


def test_rows_that_are_found_by_their_values():
    execute("CREATE TABLE kept (id integer, name text); INSERT INTO kept VALUES (1, 'a'), (2, 'b')")
    rows, (table,) = Rows(connection), load("kept")
    values = [{"name": name} for name in ("x", "b", "a")]
    assert rows.found(table, ["name"], values, []) == {1, 2}
    assert rows.found(table, ["name"], values, [{"id": 2}, {"id": 3}]) == {2}
