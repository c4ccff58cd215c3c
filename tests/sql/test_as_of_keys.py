"""A table as it was, whatever its primary key is."""

import pytest

from tests.sql.audited import Audited


@pytest.fixture(params=["full", "changes"])
def images(request):
    return request.param


def test_a_key_that_is_not_audited(audit, images):
    for name, key in {"book": ("id",), "copy": ("shelf", "no")}.items():
        columns = {**dict.fromkeys(key, "integer"), "title": "text"}
        table = Audited(audit, columns, name=name, key=key, fields=["title"], images=images)
        keys = ", ".join(["1"] * len(key))
        table.execute(f"INSERT INTO {name} VALUES ({keys}, 'Emma')")
        moment = table.moment()
        row = f"({keys.replace(' ', '')},Emma)"
        table.execute(f"UPDATE {name} SET title = 'Emma II'")
        assert table.as_of(moment) == [row]
        table.execute(f"DELETE FROM {name}")
        assert table.as_of(moment) == [row]


@pytest.mark.parametrize(
    ("kind", "first", "second"),
    [
        ("uuid", "8d3f1c5e-0000-4000-8000-00000000000a", "8d3f1c5e-0000-4000-8000-00000000000b"),
        ("text", 'a "b" \\ é', "[1, 2]"),
        ("text", "x" * 2000, "y" * 2000),
        ("timestamptz", "2026-11-01 12:00:00.5+00", "2026-11-02 00:00:00+00"),
        ("timestamp", "2026-11-01 12:00:00", "2026-11-02 00:00:00.25"),
        ("date", "2026-11-01", "2026-11-02"),
        ("numeric(6, 2)", "1.50", "2.00"),
        ("varchar(9)", "it's", ""),
        ("bytea", "\\x00ff", "\\x01"),
        ("boolean", "true", "false"),
    ],
)
def test_keys_of_a_type(audit, images, kind, first, second):
    book = Audited(audit, {"id": kind, "title": "text"}, images=images)
    audit.execute("SET LOCAL TimeZone = 'Asia/Kolkata'")
    audit.execute("SET LOCAL DateStyle = 'German'")
    audit.execute("SET LOCAL bytea_output = 'escape'")
    audit.execute("INSERT INTO book VALUES (%s, 'Emma')", [first])
    moment, copy = book.moment(), book.copy()
    audit.execute("UPDATE book SET id = %s", [second])
    audit.execute("UPDATE book SET title = 'Emma II'")
    audit.execute("INSERT INTO book VALUES (%s, 'other')", [first])
    assert book.as_of(moment) == copy
    assert book.as_of(moment, first) == copy
    assert book.as_of(moment, second) == []


def test_composite_keys(audit, images):
    columns = {"shelf": "text", "no": "integer", "title": "text"}
    copies = Audited(audit, columns, name="copy", key=("shelf", "no"), images=images)
    audit.execute("""INSERT INTO copy VALUES ('a, "b"', 1, 'Emma'), ('c', 2, 'Dune')""")
    moment, copy = copies.moment(), copies.copy()
    audit.execute("UPDATE copy SET no = 3 WHERE no = 1")
    audit.execute("UPDATE copy SET title = 'Emma II' WHERE no = 3")
    audit.execute("DELETE FROM copy WHERE no = 2")
    assert copies.as_of(moment) == copy
    assert copies.as_of(moment, '["a, \\"b\\"",1]') == copy[:1]
    assert copies.as_of(moment, '["c", 2]') == copy[1:]
    assert copies.as_of(moment, '["c", 3]') == []


def test_rows_that_swap_their_keys(audit, images):
    book = Audited(audit, {"id": "integer", "title": "text"}, key=(), images=images)
    audit.execute("ALTER TABLE book ADD PRIMARY KEY (id) DEFERRABLE")
    book.key = ("id",)
    book.install()
    audit.execute("INSERT INTO book VALUES (1, 'Emma'), (2, 'Dune'), (3, 'Solaris')")
    moment, copy = book.moment(), book.copy()
    audit.execute("UPDATE book SET id = 1 + id % 3")
    audit.execute("UPDATE book SET title = title || ' II' WHERE id = 1")
    assert book.as_of(moment) == copy
    assert [book.as_of(moment, key) for key in "123"] == [[row] for row in copy]


@pytest.mark.parametrize("name", ["id", "no"])
def test_rows_from_before_the_audit_that_got_another_key(audit, images, name):
    audit.execute(f"CREATE TABLE book ({name} integer PRIMARY KEY, title text)")
    audit.execute("INSERT INTO book VALUES (1, 'Emma'), (2, 'Dune'), (3, 'Solaris')")
    columns = {name: "integer", "title": "text"}
    book = Audited(audit, columns, key=(name,), is_there=True, images=images)
    moment, copy = book.moment(), book.copy()
    audit.execute(f"UPDATE book SET {name} = 4 WHERE {name} = 1")
    audit.execute("UPDATE book SET title = title || ' II'")
    audit.execute(f"DELETE FROM book WHERE {name} = 3")
    audit.execute(f"UPDATE book SET {name} = 5 WHERE {name} = 4")
    assert book.as_of(moment) == copy
    found = [book.as_of(moment, key) for key in "12345"]
    assert found == [*([row] for row in copy), [], []]


def test_a_key_is_not_cut_to_the_length_that_keys_have(audit, images):
    book = Audited(audit, {"id": "varchar(3)", "title": "text"}, images=images)
    book.execute("INSERT INTO book VALUES ('abc', 'Emma')")
    moment = book.moment()
    book.execute("UPDATE book SET title = 'Emma II'")
    assert book.as_of(moment, "abc") == ["(abc,Emma)"]
    assert book.as_of(moment, "abcd") == []
