"""What a role that may write an audited table, and nothing else, can and cannot do."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import DatabaseError, connection, transaction

from tests.example.models import Book
from trigger_audit import installation, partitions

pytestmark = pytest.mark.django_db

AUDIT_FUNCTIONS = """
SELECT pg_proc.oid::regprocedure::text
FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace
WHERE nspname = 'public' AND proname LIKE 'trigger\\_audit\\_%'
"""


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def fetch(statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def events() -> list[tuple[object, ...]]:
    return fetch(
        "SELECT op, table_schema, table_name, object_id, old::text, new::text, context, db_user"
        " FROM public.trigger_audit_event ORDER BY id"
    )


@contextmanager
def session_of(role: str) -> Iterator[None]:
    execute(f"SET SESSION AUTHORIZATION {role}")
    yield
    execute("RESET SESSION AUTHORIZATION")


@pytest.fixture
def clerk() -> str:
    """A role that may read and write books, and nothing else."""
    execute("CREATE ROLE clerk LOGIN")
    execute("GRANT SELECT, INSERT, UPDATE, DELETE ON library_book TO clerk")
    execute("GRANT USAGE ON SEQUENCE library_book_id_seq TO clerk")
    return "clerk"


@pytest.fixture
def workshop(clerk: str) -> str:
    """A schema where the clerk may make anything, and which the clerk looks up first."""
    execute("CREATE SCHEMA workshop AUTHORIZATION clerk")
    return "workshop"


def book(title: str, price: str, pk: int = 1) -> str:
    return f'{{"id": {pk}, "price": {price}, "title": "{title}", "publisher_id": null}}'


def write() -> None:
    execute("INSERT INTO public.library_book (id, title, price) VALUES (1, 'Emma', 5)")
    execute("UPDATE public.library_book SET price = 7.5")
    execute("DELETE FROM public.library_book")


def written_by(user: str) -> list[tuple[object, ...]]:
    place = ("public", "library_book", "1")
    old, new = book("Emma", "5.00"), book("Emma", "7.50")
    return [
        ("INSERT", *place, None, old, None, user),
        ("UPDATE", *place, old, new, None, user),
        ("DELETE", *place, new, None, None, user),
    ]


def test_its_writes_are_recorded(clerk: str) -> None:
    with session_of(clerk):
        write()
    assert events() == written_by(clerk)


def tables() -> list[str]:
    return [
        str(name)
        for (name,) in fetch(
            "SELECT relid::regclass::text FROM pg_partition_tree('trigger_audit_event')"
        )
    ]


def refused(clerk: str, statement: str) -> bool:
    try:
        with transaction.atomic(), session_of(clerk):
            execute(statement)
    except DatabaseError as error:
        return "permission denied" in str(error)
    return False


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT FROM {}",
        """
        INSERT INTO {} (at, txid, op, table_schema, table_name, db_user)
        VALUES (now(), '1', 'INSERT', 'public', 'library_book', 'ann')
        """,
        "UPDATE {} SET db_user = 'ann'",
        "DELETE FROM {}",
        "TRUNCATE {}",
        "SET LOCAL trigger_audit.allow_change = 'me'; DELETE FROM {}",
    ],
)
def test_it_cannot_touch_events(clerk: str, statement: str) -> None:
    Book.objects.create(title="Emma", price=5)
    before = events()
    assert len(tables()) > 2
    for table in tables():
        assert refused(clerk, statement.format(table)), table
    assert events() == before


def test_it_cannot_draw_ids(clerk: str) -> None:
    assert refused(clerk, "SELECT nextval('trigger_audit_event_id_seq')")


def test_it_cannot_execute_any_function_of_ours(clerk: str) -> None:
    functions = [str(name) for (name,) in fetch(AUDIT_FUNCTIONS)]
    assert "trigger_audit_capture_library_book()" in functions
    for function in functions:
        name = function.replace("'", "''")
        (allowed,) = fetch(f"SELECT has_function_privilege('clerk', '{name}', 'EXECUTE')")
        assert allowed == (False,), function


def test_default_privileges_let_it_execute_no_capture_function(clerk: str) -> None:
    execute("ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO clerk")
    with connection.schema_editor() as schema_editor:
        installation.drop_function(schema_editor, "library_book")
        installation.install(schema_editor, Book)
    assert refused(clerk, "SELECT trigger_audit_capture_library_book()")


def test_it_cannot_forge_events_by_a_trigger_on_its_own_table(clerk: str, workshop: str) -> None:
    execute("CREATE TABLE workshop.library_book AS TABLE library_book WITH NO DATA")
    execute("ALTER TABLE workshop.library_book OWNER TO clerk")
    assert refused(
        clerk,
        "CREATE TRIGGER forge AFTER INSERT ON workshop.library_book"
        " REFERENCING NEW TABLE AS new_rows"
        " FOR EACH STATEMENT EXECUTE FUNCTION public.trigger_audit_capture_library_book()",
    )


PLANTED = {
    "a temporary audit table": "CREATE TEMP TABLE trigger_audit_event (LIKE library_book)",
    "a function in place of a built-in one": """
        CREATE FUNCTION workshop.pg_current_xact_id() RETURNS xid8 LANGUAGE sql
        AS 'SELECT ''1''::xid8'
    """,
    "a function that takes a closer type": """
        CREATE FUNCTION workshop.jsonb_build_object(text, bigint) RETURNS jsonb LANGUAGE sql
        AS 'SELECT ''{"stolen": true}''::jsonb'
    """,
    "a context of its own": """
        CREATE FUNCTION workshop.trigger_audit_context() RETURNS jsonb LANGUAGE sql
        AS 'SELECT ''{"user": "ann"}''::jsonb'
    """,
    "an operator in place of a built-in one": """
        CREATE FUNCTION workshop.never(record, record) RETURNS boolean LANGUAGE plpgsql
        AS 'BEGIN RETURN false; END';
        CREATE OPERATOR workshop.*<>
            (LEFTARG = record, RIGHTARG = record, FUNCTION = workshop.never)
    """,
    "a temporary type": "CREATE TEMP TABLE jsonb (id integer)",
    "a temporary transition table": "CREATE TEMP TABLE new_rows (LIKE library_book)",
}


@pytest.mark.parametrize("planted", PLANTED.values(), ids=PLANTED.keys())
def test_what_it_plants_changes_nothing(clerk: str, workshop: str, planted: str) -> None:
    with session_of(clerk):
        execute("SET LOCAL search_path = workshop, pg_temp, public, pg_catalog")
        try:
            with transaction.atomic():
                execute(planted)
        except DatabaseError as error:  # pragma: no cover
            pytest.fail(f"the attack itself is wrong: {error}")
        write()
    assert events() == written_by(clerk)


CLOSER_OVERLOADS = (
    "prepare_partitions(smallint)",
    "prepare_partitions(bigint)",
    "set_guards(oid, boolean)",
    "guard_table(oid)",
    "withhold(text, regclass)",
    "withhold(text, regprocedure)",
    "withhold(name, oid)",
    "parse_context(varchar)",
    "toast_id(varchar)",
    "toast_id(anyelement)",
    "forget_column(regclass, name)",
    "rename_column(regclass, name, name)",
    "rename_table(regclass, varchar, varchar)",
)


def test_whoever_migrates_calls_nothing_that_it_planted_beside_our_functions(clerk: str) -> None:
    """Where it may create functions there, as everybody might in public before PostgreSQL 15."""
    execute("GRANT CREATE ON SCHEMA public TO clerk")
    with session_of(clerk):
        for overload in CLOSER_OVERLOADS:
            execute(
                f"CREATE FUNCTION public.trigger_audit_{overload} RETURNS text LANGUAGE plpgsql"
                " AS 'BEGIN RAISE ''planted''; END'"
            )
    with connection.schema_editor() as schema_editor:
        installation.drop_function(schema_editor, "library_book")
        installation.install(schema_editor, Book)
        title = Book._meta.get_field("title")
        renamed = title.clone()
        renamed.set_attributes_from_name("name")
        renamed.model = Book
        schema_editor.alter_field(Book, title, renamed)
        schema_editor.alter_db_table(Book, "library_book", "library_volume")
    assert len(partitions.prepare(connection, 4)) == 1
    execute("INSERT INTO library_volume (id, name, price) VALUES (1, 'Emma', 5)")
    assert [op for op, *_ in events()] == ["RENAME", "RENAME", "INSERT"]


def test_an_empty_search_path_is_enough(clerk: str) -> None:
    with session_of(clerk):
        execute("SET LOCAL search_path = ''")
        write()
        execute("SET LOCAL search_path = DEFAULT")
    assert events() == written_by(clerk)


def test_a_function_that_runs_as_its_owner_writes_in_the_session_s_name(clerk: str) -> None:
    execute(
        "CREATE FUNCTION sell() RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = ''"
        " AS 'INSERT INTO public.library_book (id, title, price) VALUES (1, ''Emma'', 5)'"
    )
    with session_of(clerk):
        execute("SELECT sell()")
    assert events() == written_by(clerk)[:1]


def test_the_owner_of_an_audited_table_needs_no_right_on_events(clerk: str) -> None:
    execute("ALTER TABLE library_book OWNER TO clerk")
    with session_of(clerk):
        write()
    assert events() == written_by(clerk)
