"""A table as it was: columns that came and went, values of all types, what is hidden."""

import pgtrigger
import pytest

from tests.sql.audited import Audited

BOOK = {"id": "bigint", "title": "text", "price": "numeric(8, 2)"}


@pytest.fixture(params=["full", "changes"])
def images(request):
    return request.param


def test_audit_that_began_after_the_rows(audit, images):
    audit.execute("CREATE TABLE book (id bigint PRIMARY KEY, title text)")
    audit.execute("INSERT INTO book VALUES (1, 'Emma'), (2, 'Dune'), (3, 'Solaris')")
    book = Audited(audit, {"id": "bigint", "title": "text"}, is_there=True, images=images)
    moment = book.moment()
    book.execute("UPDATE book SET title = 'Emma II' WHERE id = 1")
    book.execute("DELETE FROM book WHERE id = 2")
    assert book.as_of(moment) == ["(1,Emma)", "(2,Dune)", "(3,Solaris)"]
    assert [book.as_of(moment, key) for key in "123"] == [
        ["(1,Emma)"],
        ["(2,Dune)"],
        ["(3,Solaris)"],
    ]


def test_a_column_that_was_added_since_has_what_rows_got_then(audit, images):
    book = Audited(audit, BOOK, images=images)
    book.execute("INSERT INTO book VALUES (1, 'Emma', 5), (2, 'Dune', 6), (3, 'Solaris', 7)")
    moment = book.moment()
    book.execute("DELETE FROM book WHERE id = 3")
    book.add_column("pages", "integer DEFAULT 100")
    book.execute("UPDATE book SET pages = 200 WHERE id = 1")
    # What was deleted before knows nothing of it.
    assert book.as_of(moment) == ["(1,Emma,5.00,100)", "(2,Dune,6.00,100)", "(3,Solaris,7.00,)"]


def test_a_column_that_was_removed_since_is_gone(audit, images):
    book = Audited(audit, BOOK, images=images)
    book.execute("INSERT INTO book VALUES (1, 'Emma', 5), (2, 'Dune', 6)")
    moment = book.moment()
    book.execute("UPDATE book SET price = 7 WHERE id = 1")
    book.drop_column("price")
    book.execute("UPDATE book SET title = 'Dune II' WHERE id = 2")
    assert book.as_of(moment) == ["(1,Emma)", "(2,Dune)"]


def test_a_value_that_does_not_convert_to_the_type_of_now_is_null(audit, images):
    book = Audited(audit, {**BOOK, "shelf": "text"}, images=images)
    book.execute("INSERT INTO book VALUES (1, 'Emma', 5, 'A'), (2, 'Dune', 1234.5, '12')")
    moment = book.moment()
    book.execute("UPDATE book SET shelf = '7', price = 1")
    book.retype("shelf", "integer", "shelf::integer")
    book.retype("price", "numeric(4, 1)", "price")
    assert book.as_of(moment) == ["(1,Emma,5.0,)", "(2,Dune,,12)"]
    assert book.as_of(moment, "1") == ["(1,Emma,5.0,)"]


def test_redacted_columns(audit, images):
    columns = {"id": "bigint", "isbn": "text", "card": "integer", "title": "text"}
    book = Audited(audit, columns, redact=["isbn", "card"], images=images)
    book.execute("INSERT INTO book VALUES (1, 'x', 1, 'a'), (2, 'y', 2, 'b'), (3, NULL, NULL, 'c')")
    moment = book.moment()
    # What did not change since is still there to be read; what did is not known.
    book.execute("UPDATE book SET title = 'A' WHERE id = 1")
    book.execute("UPDATE book SET isbn = 'z', card = 3 WHERE id IN (2, 3)")
    assert book.as_of(moment) == ["(1,x,1,a)", "(2,[redacted],,b)", "(3,,,c)"]
    book.execute("DELETE FROM book")
    assert book.as_of(moment) == ["(1,[redacted],,a)", "(2,[redacted],,b)", "(3,,,c)"]


def test_a_column_that_is_called_as_a_value_of_the_condition_is_not_audited_for_that(audit, images):
    condition = pgtrigger.Condition("NEW.shelf IN ('new', 'price', 'old')")
    book = Audited(
        audit, {**BOOK, "shelf": "text"}, exclude=["price"], condition=condition, images=images
    )
    book.execute("INSERT INTO book VALUES (1, 'Emma', 5, 'new')")
    moment = book.moment()
    book.execute("UPDATE book SET shelf = 'old'")
    assert book.as_of(moment) == ["(1,Emma,,new)"]


def test_columns_that_are_not_audited_are_null(audit, images):
    book = Audited(audit, BOOK, exclude=["price"], images=images)
    book.execute("INSERT INTO book VALUES (1, 'Emma', 5), (2, 'Dune', 6)")
    moment = book.moment()
    book.execute("UPDATE book SET title = 'Emma II', price = 7 WHERE id = 1")
    assert book.as_of(moment) == ["(1,Emma,)", "(2,Dune,)"]


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("json", """'{"b": 1,  "a": [1, null]}'""", "'[1 ]'"),
        ("jsonb", """'{"b": "x"}'""", "'\"[]\"'"),
        ("jsonb", "'\"5\"'", "'{}'"),
        ("money", "12.5::numeric::money", "1::money"),
        ("integer[]", "'{{1,2},{3,NULL}}'", "'{}'"),
        ("text[]", """'{"a,b","c\\"d",NULL}'""", "NULL"),
        ("json[]", """ARRAY['{"a": 1}', 'null']::json[]""", "NULL"),
        ("numeric", "1.500", "'NaN'"),
        ("double precision", "1e300", "'-Infinity'"),
        ("timestamptz", "'2026-11-01 12:00:00.123456+02'", "'infinity'"),
        ("interval", "'1 day -02:00:00'", "'1 year'"),
        ("bytea", "'\\x00ff'", "''"),
        ("int4range", "'[1,5)'", "'empty'"),
        ("bit(3)", "B'101'", "B'000'"),
        ("inet", "'10.0.0.1/8'", "'::1'"),
        ("char(5)", "'ab'", "'cd'"),
        ("point", "'(1,2)'", "'(3,4)'"),
    ],
)
def test_values_of_a_type(audit, images, kind, before, after):
    book = Audited(audit, {"id": "integer", "value": kind}, images=images)
    audit.execute(f"INSERT INTO book VALUES (1, {before}), (2, {before}), (3, NULL)")
    moment, copy = book.moment(), book.copy()
    audit.execute("SET LOCAL IntervalStyle = 'sql_standard'")
    audit.execute(f"UPDATE book SET value = {after} WHERE id <> 2")
    audit.execute("DELETE FROM book WHERE id = 2")
    audit.execute("RESET IntervalStyle")
    assert book.as_of(moment) == copy
    assert book.as_of(moment, "1") == copy[:1]


@pytest.mark.contrib
def test_values_of_hstore(audit, images):
    audit.execute("RESET ROLE")
    audit.execute("CREATE EXTENSION hstore")
    book = Audited(audit, {"id": "integer", "value": "hstore"}, images=images)
    audit.execute("""INSERT INTO book VALUES (1, '"a \\\\"=>"b\\"=>c", n=>NULL'), (2, '')""")
    moment, copy = book.moment(), book.copy()
    audit.execute("UPDATE book SET value = NULL")
    assert book.as_of(moment) == copy


def test_a_row_that_went_unrecorded(audit, images):
    book = Audited(audit, BOOK, images=images)
    audit.execute("INSERT INTO book VALUES (1, 'Emma', 5)")
    moment, copy = book.moment(), book.copy()
    audit.execute("UPDATE book SET price = 6")
    audit.execute("RESET ROLE")
    audit.execute("SET LOCAL session_replication_role = replica")
    audit.execute("DELETE FROM book")
    audit.execute("SET LOCAL session_replication_role = origin")
    (row,) = book.as_of(moment)
    assert row == (copy[0] if images == "full" else "(1,,5.00)")
