"""However a statement is sent, its events carry the context."""

import io
from contextlib import closing

import pytest
from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import is_psycopg3

import trigger_audit
from tests.capture.events import copy, execute, query
from tests.captured.models import Customer, Order
from tests.context.events import contexts
from trigger_audit import statements
from trigger_audit.models import AuditEvent

TOLD = {"user": 7, "reason": "100% / {done} %s %(name)s :name $1 ? -- '"}
TABLE = "captured_customer"
INSERT = f"INSERT INTO {TABLE} (name) VALUES"

pytestmark = [pytest.mark.django_db, pytest.mark.proof]


@pytest.fixture
def told():
    """A context that is open, and what each event is to carry."""
    with trigger_audit.context(**TOLD):
        yield TOLD


def driver_sql():
    return __import__(connection.Database.__name__, fromlist=["sql"]).sql


def raw():
    """The driver's own connection, as Django opened it."""
    connection.ensure_connection()
    return connection.connection


@pytest.mark.parametrize(
    ("statement", "parameters"),
    [
        (f"{INSERT} ('Ann')", None),
        (f"{INSERT} (%s)", ["Ann"]),
        (f"{INSERT} (%s)", ("Ann",)),
        (f"{INSERT} (%(name)s)", {"name": "Ann"}),
        (f"{INSERT} ('100%')", None),
        (f"{INSERT} ('100%%' || %s)", ["Ann"]),
        (f"{INSERT} ('100%%')", []),
        (f"\n\t  {INSERT} ('Ann')", None),
        (f"-- a remark\n{INSERT} ('Ann')", None),
        (f"/* a /* nested */ remark */ {INSERT} (%s)", ["Ann"]),
        (f'/*trigger_audit:{{"user": "forged"}}*/ {INSERT} (\'Ann\')', None),
        (f"{INSERT} ('/*trigger_audit:{{}}*/')", None),
        (f"{INSERT} ('Ann');", None),
        (f"SELECT 1; {INSERT} ('Ann'); SELECT 2", None),
        (f"SET LOCAL trigger_audit.context = '{{}}'; {INSERT} ('Ann')", None),
        (f"WITH added AS ({INSERT} ('Ann') RETURNING id) SELECT * FROM added", None),
        (f"DO $$ BEGIN {INSERT} ('Ann'); END $$", None),
        (f"PREPARE add (text) AS {INSERT} ($1); EXECUTE add ('Ann'); DEALLOCATE add", None),
        (f"EXPLAIN ANALYZE {INSERT} ('Ann')", None),
        (f"{INSERT} ('é 😀')", None),
        (f"INSERT INTO {TABLE} (name) TABLE nobody UNION ALL VALUES ('Ann')", None),
        (f"TRUNCATE {TABLE}", None),
    ],
)
def test_raw_sql(told, statement, parameters):
    execute("CREATE TEMPORARY TABLE nobody (name text)")
    execute(statement, parameters)
    assert contexts(TABLE) == [told]


def test_a_function_that_writes(told):
    execute(
        "CREATE FUNCTION add_customer(name text) RETURNS bigint LANGUAGE sql AS"
        f" 'INSERT INTO {TABLE} (name) VALUES (name) RETURNING id'"
    )
    query("SELECT add_customer('Ann')")
    Customer.objects.raw("SELECT add_customer('Bob') AS id")[0]
    with connection.cursor() as cursor:
        cursor.callproc("add_customer", ["Cem"])
    assert contexts(TABLE) == [told] * 3


def test_executemany(told):
    with connection.cursor() as cursor:
        cursor.executemany(f"{INSERT} (%s)", [("Ann",), ("100%",), ("%s",)])
    assert contexts(TABLE) == [told] * 3


def test_the_orm(told):
    customer = Customer.objects.create(name="Ann")
    customer.save()
    customer.email = "ann@example.org"
    customer.save()
    Customer.objects.bulk_create([Customer(name="Bob"), Customer(name="Cem")])
    Customer.objects.bulk_create(
        [Customer(name="Bob", email="b@example.org")],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["email"],
    )
    Customer.objects.update(email=None)
    Customer.objects.filter(name__startswith="B").delete()
    Customer.objects.get_or_create(name="Dan")
    Customer.objects.update_or_create(name="Dan", defaults={"email": "dan@example.org"})
    Customer.objects.filter(name="Cem")._raw_delete("default")
    assert len(contexts(TABLE)) == 11
    assert contexts(TABLE) == [told] * 11


def test_what_the_orm_cascades(told):
    Order.objects.create(customer=Customer.objects.create(name="Ann"))
    Customer.objects.all().delete()
    assert contexts("captured_order") == [told] * 2


def test_composed_statements(told):
    sql = driver_sql()
    for name in ("Ann", "100%"):
        statement = sql.SQL("INSERT INTO {} (name) VALUES ({})")
        execute(statement.format(sql.Identifier(TABLE), sql.Placeholder()), [name])
    execute(sql.SQL(f"{INSERT} ('{{}}')"))
    assert contexts(TABLE) == [told] * 3


def test_composables_of_a_project(told):
    class Statement(driver_sql().SQL):
        pass

    execute(Statement(f"{INSERT} ('Ann')"))
    assert contexts(TABLE) == [told]


def test_bytes(told):
    execute(f"{INSERT} ('é')".encode())
    execute(f"{INSERT} (%s)".encode(), ["Ann"])
    assert contexts(TABLE) == [told] * 2


def test_what_is_no_statement_is_left_to_the_driver(told):
    for nothing in (7, object()):
        assert statements.prefixed(nothing) is nothing
        with transaction.atomic(), pytest.raises((TypeError, AttributeError)):
            execute(nothing)
    assert contexts(TABLE) == []


def test_templates_of_newer_pythons(told):
    class Template:
        """Adds up as those of Python 3.14 do."""

        def __init__(self, *parts):
            self.parts = parts

        def __add__(self, other):
            return Template(*self.parts, *other.parts)

    Template.__module__ = "string.templatelib"
    assert statements.prefixed(Template("SELECT 1")).parts == (statements.comment(), "SELECT 1")


def test_arguments_by_name(told):
    values = {"vars": ["Ann"]} if not is_psycopg3 else {"params": ["Ann"]}
    with closing(raw().cursor()) as cursor:
        cursor.execute(query=f"{INSERT} (%s)", **values)
    assert contexts(TABLE) == [told]


def test_the_drivers_own_cursors(told):
    with closing(raw().cursor()) as cursor:
        cursor.execute(f"{INSERT} ('Ann')")
        cursor.executemany(f"{INSERT} (%s)", [("Bob",), ("Cem",)])
    assert contexts(TABLE) == [told] * 3


def test_copy(told):
    copy(f"COPY {TABLE} (name) FROM STDIN", "Ann\nBob\n")
    copy(driver_sql().SQL(f"COPY {TABLE} (name) FROM STDIN"), "Cem\n")
    assert contexts(TABLE) == [told] * 3


@pytest.mark.django_db(databases=["default", "other"])
def test_another_alias(told):
    Customer.objects.using("other").create(name="Ann")
    events = AuditEvent.objects.using("other").filter(table_name=TABLE)
    assert [event.context for event in events] == [told]
    assert contexts(TABLE) == []


@pytest.mark.django_db(transaction=True)
def test_a_connection_opened_later(told):
    connection.close()
    Customer.objects.create(name="Ann")
    with closing(connection.copy()) as other, other.cursor() as cursor:
        cursor.execute(f"{INSERT} ('Bob')")
    assert contexts(TABLE) == [told] * 2


@pytest.mark.django_db(transaction=True)
def test_a_large_statement(told):
    execute(f"INSERT INTO {TABLE} (name, email) VALUES ('Ann', %s)", ["x" * 10_000_000])
    assert contexts(TABLE) == [told]


def test_values_come_at_once_or_page_by_page(told, values_of_psycopg2):
    values_of_psycopg2(f"{INSERT} %s", [("Ann",), ("Bob",), ("100%",)])
    assert contexts(TABLE) == [told] * 3


if is_psycopg3:
    import psycopg

    @pytest.fixture
    def values_of_psycopg2():
        """What psycopg 3 has instead of execute_values."""

        def execute_values(statement, rows):
            with closing(raw().cursor()) as cursor:
                cursor.executemany(statement.replace("%s", "(%s)"), rows, returning=False)

        return execute_values

    def test_pipelines(told):
        with raw().pipeline(), closing(raw().cursor()) as cursor:
            cursor.execute(f"{INSERT} (%s)", ["Ann"])
            with trigger_audit.context(user=8):
                cursor.execute(f"{INSERT} (%s)", ["Bob"])
            cursor.executemany(f"{INSERT} (%s)", [("Cem",), ("Dan",)])
        assert contexts(TABLE) == [told, {**told, "user": 8}, told, told]

    @pytest.mark.django_db(transaction=True)
    def test_server_side_binding_and_prepared_statements(told):
        with closing(connection.copy()) as other:
            other.settings_dict = {
                **other.settings_dict,
                "OPTIONS": {"server_side_binding": True, "prepare_threshold": 0},
            }
            with other.cursor() as cursor:
                assert not isinstance(cursor.cursor, psycopg.ClientCursor)
                cursor.execute(f"{INSERT} (%s)", ["Ann"])
                with trigger_audit.context(user=8):
                    cursor.execute(f"{INSERT} (%s)", ["Bob"])
                cursor.execute(f"{INSERT} (%s)", ["Cem"])
                cursor.executemany(f"{INSERT} (%s)", [("Dan",), ("100%",)])
                with trigger_audit.context(user=9):
                    cursor.execute(f"{INSERT} (%s)", ["Eva"])
                assert cursor.connection._prepared._names
        assert contexts(TABLE) == [
            told,
            {**told, "user": 8},
            told,
            told,
            told,
            {**told, "user": 9},
        ]

    def test_streams(told):
        with closing(raw().cursor()) as cursor:
            assert len(list(cursor.stream(f"{INSERT} ('Ann'), ('Bob') RETURNING id"))) == 2
        assert contexts(TABLE) == [told] * 2

    def test_the_connections_own_execute(told):
        raw().execute(f"{INSERT} ('Ann')")
        assert contexts(TABLE) == [told]

else:
    from psycopg2 import extras

    @pytest.fixture
    def values_of_psycopg2():
        """Several rows in one statement, pages of a row each."""

        def execute_values(statement, rows):
            with closing(raw().cursor()) as cursor:
                extras.execute_values(cursor, statement, rows, page_size=1)

        return execute_values

    def test_execute_batch(told):
        with closing(raw().cursor()) as cursor:
            extras.execute_batch(cursor, f"{INSERT} (%s)", [("Ann",), ("Bob",)])
        assert contexts(TABLE) == [told] * 2

    @pytest.mark.parametrize(
        ("options", "text", "names"),
        [
            ({"columns": ["name"]}, "Ann\nBob\n", ["Ann", "Bob"]),
            ({"columns": ("name", "email"), "sep": "|", "null": ""}, "A'nn|\n", ["A'nn"]),
            ({}, "7\tAnn\t\\N\n", ["Ann"]),
        ],
    )
    def test_copy_from(told, options, text, names):
        with closing(raw().cursor()) as cursor:
            cursor.copy_from(io.StringIO(text), TABLE, **options)
        assert sorted(Customer.objects.values_list("name", flat=True)) == names
        assert Customer.objects.filter(email=None).count() == len(names)
        assert contexts(TABLE) == [told] * len(names)

    @pytest.mark.parametrize("parameters", [["Ann", "100%"], {"mail": "100%", "name": "Ann"}])
    def test_callproc(told, parameters):
        execute(
            "CREATE FUNCTION add_customer(name text, mail text) RETURNS text LANGUAGE sql AS"
            f" 'INSERT INTO {TABLE} (name, email) VALUES (name, mail) RETURNING name || mail'"
        )
        with closing(raw().cursor()) as cursor:
            assert cursor.callproc("public.add_customer", parameters) == parameters
            assert cursor.fetchall() == [("Ann100%",)]
        assert contexts(TABLE) == [told]

    @pytest.mark.django_db(transaction=True)
    def test_cursors_of_a_project(told):
        with closing(connection.copy()) as other:
            options = {"cursor_factory": extras.DictCursor}
            other.settings_dict = {**other.settings_dict, "OPTIONS": options}
            with other.cursor() as cursor:
                cursor.execute(f"{INSERT} ('Ann') RETURNING name")
                assert cursor.fetchone()["name"] == "Ann"
        assert contexts(TABLE) == [told]

    @pytest.mark.django_db(transaction=True)
    def test_a_factory_that_is_no_class_is_said_and_left(told, caplog):
        def factory(*arguments, **options):
            return extras.DictCursor(*arguments, **options)

        with closing(connection.copy()) as other:
            other.settings_dict = {**other.settings_dict, "OPTIONS": {"cursor_factory": factory}}
            with other.cursor() as cursor:
                cursor.execute(f"{INSERT} ('Ann')")
        assert contexts(TABLE) == [None]
        assert "its cursors carry no context" in caplog.text


def test_deferred_triggers_carry_what_the_statement_told_that_makes_them_run(told):
    """Which is COMMIT as a rule, and tells nothing."""
    execute(
        f"""
        CREATE FUNCTION follow() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN {INSERT} (NEW.name); RETURN NULL; END $$;
        CREATE CONSTRAINT TRIGGER follow AFTER INSERT ON captured_label
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION follow()
        """
    )
    with trigger_audit.context(user=8):
        execute("INSERT INTO captured_label (name) VALUES ('fragile')")
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert contexts(TABLE) == [told]
