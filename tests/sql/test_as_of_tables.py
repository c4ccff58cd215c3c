"""A table as it was: tables of all kinds and names, moments, mistakes and rights."""

from pathlib import Path

import psycopg
import pytest

from tests.sql.audit_table import OWNER, STRANGER, refused, rows, value
from tests.sql.audited import Audited

BOOK = {"id": "bigint", "title": "text", "price": "numeric(8, 2)"}


@pytest.fixture(params=["full", "changes"])
def images(request):
    return request.param


def test_names_with_quotes_in_another_schema(audit, images):
    columns = {'I"d': "integer", "The Title": "text", "é'": "integer"}
    book = Audited(audit, columns, name='The "Book"', key=('I"d',), images=images)
    book.execute("""INSERT INTO "The ""Book\""" VALUES (1, 'Emma', 1), (2, 'Dune', 2)""")
    moment, copy = book.moment(), book.copy()
    book.execute("""UPDATE "The ""Book\""" SET "The Title" = '' WHERE "I""d" = 1""")
    book.rename_column("The Title", "titre")
    book.execute("""DELETE FROM "The ""Book\""" """)
    audit.execute("SET LOCAL search_path = pg_catalog")
    schema = '"Log ""1"""'
    query = f'SELECT t::text FROM {schema}.trigger_audit_as_of(NULL::{schema}."The ""Book""", %s) t'
    assert sorted(rows(audit, query, moment)) == [(row,) for row in copy]


def test_partitioned_tables(audit, images):
    book = Audited(audit, BOOK, after="PARTITION BY RANGE (id)", images=images)
    audit.execute("CREATE TABLE low PARTITION OF book FOR VALUES FROM (0) TO (10)")
    audit.execute("CREATE TABLE high PARTITION OF book FOR VALUES FROM (10) TO (20)")
    audit.execute("INSERT INTO book VALUES (1, 'Emma', 1), (11, 'Dune', 2)")
    moment, copy = book.moment(), book.copy()
    audit.execute("UPDATE book SET id = 12 WHERE id = 1")
    audit.execute("UPDATE high SET title = NULL")
    assert book.as_of(moment) == copy
    assert [book.as_of(moment, key) for key in ("1", "11", "12")] == [copy[:1], copy[1:], []]
    with refused(audit, psycopg.errors.WrongObjectType) as caught:
        audit.execute("SELECT * FROM trigger_audit_as_of(NULL::low, now())")
    assert caught.value.diag.message_hint.endswith("book.")


def test_another_table_that_had_the_name(audit, images):
    book = Audited(audit, {"id": "integer", "title": "text"}, images=images)
    audit.execute("INSERT INTO book VALUES (1, 'Emma')")
    moment, copy = book.moment(), book.copy()
    book.rename("livre")
    other = Audited(audit, {"id": "integer", "title": "text"}, images=images)
    audit.execute("INSERT INTO book VALUES (2, 'Dune')")
    audit.execute("UPDATE livre SET title = 'Emma II'")
    assert book.as_of(moment) == copy
    assert other.as_of(moment) == []
    other.rename("buch")
    book.rename("book")
    audit.execute("DELETE FROM book")
    assert book.as_of(moment) == copy
    assert other.as_of(moment) == []


def test_events_of_one_microsecond_count_by_their_id(audit):
    book = Audited(audit, {"id": "integer", "title": "text"})
    at = "2026-11-01 12:00:00.000001+00"
    audit.execute("INSERT INTO book VALUES (1, 'third')")
    for old, new in (("first", "second"), ("second", "third")):
        audit.execute(
            f"""
            INSERT INTO trigger_audit_event
                (at, txid, op, table_schema, table_name, object_id, old, new, db_user)
            SELECT '{at}', txid, 'UPDATE', table_schema, 'book', '1',
                '{{"id": 1, "title": "{old}"}}', '{{"id": 1, "title": "{new}"}}', ''
            FROM trigger_audit_event LIMIT 1
            """
        )
    with audit.transaction(force_rollback=True):
        audit.execute("SET LOCAL trigger_audit.allow_change = 'a test'")
        audit.execute("DELETE FROM trigger_audit_event WHERE op = 'INSERT'")
        # What happened at the moment itself counts, all of it.
        assert book.as_of(at) == ["(1,third)"]
        assert book.as_of("2026-11-01 12:00:00+00") == ["(1,first)"]
        assert book.as_of("2026-11-01 12:00:00+00", "1") == ["(1,first)"]


def test_sessions_in_other_time_zones(audit):
    Audited(audit, {"id": "integer", "title": "text", "seen": "timestamptz"})
    audit.execute("INSERT INTO book VALUES (1, 'Emma', '2026-11-01 12:00+00')")
    moment = value(audit, "SELECT clock_timestamp()")
    audit.execute("UPDATE book SET seen = NULL")
    for zone in ("UTC", "Asia/Kolkata", "America/New_York"):
        audit.execute(f"SET LOCAL TimeZone = '{zone}'")
        query = "SELECT seen = '2026-11-01 12:00+00' FROM trigger_audit_as_of(NULL::book, %s)"
        assert rows(audit, query, moment) == [(True,)]


MISTAKES = [
    ("NULL::integer", "now()", "WrongObjectType", "integer is not the type of a table", "null"),
    ("NULL::report", "now()", "WrongObjectType", "is not the type of a table", "null of its type"),
    ("NULL::plain", "now()", "ObjectNotInPrerequisiteState", "plain is not audited", "Declare"),
    ("NULL::book", "now() + '1 hour'", "InvalidParameterValue", "is in the future", "itself"),
    ("NULL::book", "'infinity'", "InvalidParameterValue", "infinity is in the future", "itself"),
    ("NULL::book", "NULL", "NullValueNotAllowed", "the moment is null", "timestamptz"),
    ("NULL::book", "now(), 'x'", "InvalidTextRepresentation", 'type bigint: "x"', None),
]


@pytest.mark.parametrize(("row", "rest", "error", "message", "hint"), MISTAKES)
def test_mistakes(audit, row, rest, error, message, hint):
    Audited(audit, BOOK)
    audit.execute("CREATE TABLE plain (id integer); CREATE VIEW report AS SELECT * FROM book")
    with refused(audit, getattr(psycopg.errors, error)) as caught:
        audit.execute(f"SELECT * FROM trigger_audit_as_of({row}, {rest})")
    assert message in caught.value.diag.message_primary
    assert hint is None or hint in caught.value.diag.message_hint


def documented_grant():
    """What docs/reading.md says that a reader needs of the functions."""
    text = (Path(__file__).parents[2] / "docs" / "reading.md").read_text(encoding="utf-8")
    grant = text.partition("GRANT EXECUTE ON FUNCTION")[2].partition("TO analyst;")[0]
    return f"GRANT EXECUTE ON FUNCTION {grant} TO {STRANGER}"


def test_rights(audit):
    book = Audited(audit, BOOK)
    audit.execute("INSERT INTO book VALUES (1, 'Emma', 5)")
    moment = book.moment()
    audit.execute("UPDATE book SET price = 6")

    def read():
        with audit.transaction():
            audit.execute(f"SET LOCAL ROLE {STRANGER}")
            found = book.as_of(moment), book.as_of(moment, "1")
        audit.execute(f"SET LOCAL ROLE {OWNER}")
        return found

    grants = [
        documented_grant(),
        f"GRANT SELECT ON trigger_audit_event TO {STRANGER}",
        f"GRANT SELECT ON book TO {STRANGER}",
    ]
    for grant in grants:
        with refused(audit, psycopg.errors.InsufficientPrivilege):
            read()
        audit.execute(f"SET LOCAL ROLE {OWNER}")
        audit.execute(grant)
    assert read() == (["(1,Emma,5.00)"], ["(1,Emma,5.00)"])


def test_row_level_security_holds(audit):
    book = Audited(audit, BOOK)
    audit.execute("INSERT INTO book VALUES (1, 'Emma', 5)")
    audit.execute(f"""
        GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA "Log ""1\""" TO {STRANGER};
        GRANT SELECT ON trigger_audit_event, book TO {STRANGER};
        ALTER TABLE book ENABLE ROW LEVEL SECURITY;
        ALTER TABLE trigger_audit_event ENABLE ROW LEVEL SECURITY;
        SET LOCAL ROLE {STRANGER};
    """)
    assert book.as_of(book.moment()) == []
