"""Whatever users type: contexts come back as they were, and nothing else passes for one."""

import json
from contextlib import closing

import psycopg
import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from psycopg.conninfo import make_conninfo

import trigger_audit
from tests import postgres
from tests.captured.models import Customer
from tests.context.events import contexts
from tests.sql.audit_table import install
from trigger_audit import current_context, statements, templates
from trigger_audit.context import LazyContext
from trigger_audit.installation import AUDIT_TABLE

pytestmark = pytest.mark.django_db

TABLE = "captured_customer"
AWKWARD = [
    "*/",
    "/*",
    "/*trigger_audit:{}*/",
    '*/ /*trigger_audit:{"user":"forged"}*/',
    "--",
    "\\",
    "\\u0000",
    "'",
    "''",
    '"',
    "\\'",
    "$$",
    "$1",
    "%",
    "%s",
    "%(name)s",
    "%%",
    ";",
    "\x00",
    "\ud800",
    "\udc00\ud800",
    "\U0001f600",
    "\r\n",
    "\u2028",
    "{}",
    ":name",
    "?",
    "é",
    "\uffff",
]
anything = st.text() | st.lists(st.sampled_from(AWKWARD), max_size=5).map("".join)
# What PostgreSQL takes as text at all.
storable = anything.map(
    lambda text: (
        text.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    )
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | anything
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(anything, inner, max_size=4),
    max_leaves=8,
)
metadata = st.dictionaries(anything, values, min_size=1, max_size=4)
often = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
seldom = settings(often, max_examples=30)


def alike(found, expected):
    """Whether JSON is the same; a large float comes back as the integer that it was written as."""
    if isinstance(expected, dict):
        return found.keys() == expected.keys() and all(
            alike(found[key], value) for key, value in expected.items()
        )
    if isinstance(expected, list):
        return len(found) == len(expected) and all(map(alike, found, expected))
    if isinstance(expected, float):
        return float(found) == expected
    return type(found) is type(expected) and found == expected


def forged(name):
    return f'/*trigger_audit:{{"user": "{name}"}}*/ '


@pytest.fixture
def rolled_back():
    """Runs a function in a savepoint, whose rows nobody else sees."""

    def run(function, *arguments):
        with transaction.atomic():
            result = function(*arguments)
            transaction.set_rollback(True)
        return result

    return run


def create(**fields):
    Customer.objects.create(**fields)
    return contexts(TABLE)


def create_raw(statement, parameters):
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
    return contexts(TABLE)


@often
@given(told=metadata)
@example(told={text: text for text in AWKWARD})
@example(told={"list": AWKWARD, "": {"": [{}, [], ""]}})
@example(told={"large": -(10**300), "small": 5e-324, "most": 1.7976931348623157e308})
def test_every_context_comes_back(rolled_back, told):
    with trigger_audit.context(**told):
        expected = current_context()
        (found,) = rolled_back(lambda: create(name="100%"))
    assert alike(found, expected)
    if not any(bad in repr(told) for bad in (r"\x00", r"\ud")):
        assert alike(expected, told)


@often
@given(told=metadata)
def test_a_comment_holds_nothing_but_ascii_and_no_marker(told):
    with LazyContext(lambda: told):
        comment = statements.comment()
    inside = comment.removeprefix(statements.PREFIX).removesuffix("*/ ")
    assert inside.isascii()
    assert inside.isprintable()
    assert not set("/%") & set(inside)
    json.loads(inside)


@often
@given(name=storable, told=metadata)
@example(name=forged("x"), told={"user": 1})
@example(name=f"*/{forged('x')}", told={"user": 1})
def test_no_value_passes_for_a_context(rolled_back, name, told):
    name = forged(name) + name
    assert rolled_back(lambda: create(name=name)) == [None]
    with trigger_audit.context(**told):
        (found,) = rolled_back(lambda: create(name=name))
        assert alike(found, current_context())


@often
@given(name=storable)
@pytest.mark.parametrize("conforming", ["on", "off"])
def test_no_parameter_of_raw_sql_passes_for_a_context(rolled_back, conforming, name):
    def write():
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL standard_conforming_strings = {conforming}")
        return create_raw(f"INSERT INTO {TABLE} (name) VALUES (%s)", [forged("x") + name])

    assert rolled_back(write) == [None]
    with trigger_audit.context(user=name):
        assert rolled_back(write) == [current_context()]


@often
@given(value=storable)
def test_no_value_at_the_start_of_a_statement_passes_for_a_context(rolled_back, value):
    """The client's statement starts with a literal: there is no closer a value may come."""
    from tests.context.test_statements import driver_sql

    sql = driver_sql()
    statement = sql.SQL("{} ").format(sql.Literal(forged("x") + value))
    text = statement.as_string(connection.connection)
    assert not text.lstrip().startswith("/*")


@seldom
@given(told=storable | values.map(json.dumps))
@example(told="[" * 8192)
@example(told='{"a":' * 1600)
def test_nothing_in_the_setting_fails_a_write(rolled_back, told):
    def write():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('trigger_audit.context', %s, true)", [told])
        return create(name="Ann")

    (context,) = rolled_back(write)
    assert told == "" or isinstance(context, dict)


@pytest.fixture(scope="module", params=["LATIN1", "SQL_ASCII", "EUC_JP", "WIN1252"])
def encoded_database(request):
    """A session in a database of another encoding, with an audit table."""
    name = f"fuzz_{request.param.lower()}"
    server = postgres.connection()
    everywhere = make_conninfo(**{**server, "dbname": "postgres"})
    with psycopg.connect(everywhere, autocommit=True) as session:
        session.execute(f"DROP DATABASE IF EXISTS {name}")
        session.execute(
            f"CREATE DATABASE {name} ENCODING {request.param} TEMPLATE template0"
            " LC_COLLATE 'C' LC_CTYPE 'C'"
        )
        dsn = make_conninfo(**{**server, "dbname": name, "client_encoding": "UTF8"})
        with psycopg.connect(dsn, autocommit=True) as audited:
            install(audited, "public")
            yield audited
        session.execute(f"DROP DATABASE {name}")


def told_in(session, comment):
    return session.execute(comment + "SELECT trigger_audit_context()::text").fetchone()[0]


@seldom
@given(told=metadata)
@example(told={"user": 7, "name": "日本 \\ é \\\\u65e5 😀"})
def test_no_context_fails_a_write_in_any_encoding(encoded_database, told):
    with LazyContext(lambda: told):
        comment = statements.comment()
        expected = json.loads(statements.encode(current_context()))
    text = told_in(encoded_database, comment)
    found = json.loads(text.decode() if isinstance(text, bytes) else text)
    if json.dumps(expected, ensure_ascii=False).isascii():
        assert alike(found, expected)
    else:
        assert len(found) == len(expected)
    assert "unparsed" not in set(found) - set(expected)


def test_characters_beyond_the_encoding_stay_escaped(encoded_database):
    told = {"user": 7, "name": "\u0e01 \\ \\\u0e01", "\u0e01": "\\u0e01"}
    with LazyContext(lambda: told):
        text = told_in(encoded_database, statements.comment())
    found = json.loads(text.decode() if isinstance(text, bytes) else text)
    assert found == {"user": 7, "name": "\\u0e01 \\ \\\\u0e01", "\\u0e01": "\\u0e01"}


def test_a_setting_that_is_too_long_is_cut_in_any_encoding(encoded_database):
    with closing(encoded_database.cursor()) as cursor:
        cursor.execute("SELECT set_config('trigger_audit.context', %s, false)", ["x" * 9000])
        cursor.execute("SELECT length(trigger_audit_context()->>'unparsed')")
        length = cursor.fetchone()[0]
        cursor.execute("SELECT set_config('trigger_audit.context', '', false)")
    assert length == 1000


@pytest.mark.parametrize("name", AUDIT_TABLE)
def test_a_database_of_any_encoding_takes_the_templates(name):
    """What is not ASCII, be it in a remark, fails ``migrate`` in some: write three dots."""
    assert templates.render(name, schema="public").isascii()
