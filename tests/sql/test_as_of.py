"""A table as it was at a moment."""

import pytest

from tests.sql.audited import Audited

COLUMNS = {"id": "bigint", "title": "text", "price": "numeric(8, 2)"}


class Story:
    """A table, and copies of it that were taken on the way."""

    def __init__(self, table):
        self.table = table
        self.taken = []

    def then(self, *statements):
        for statement in statements:
            self.table.execute(statement.replace("book", self.table.quoted))
        self.take()

    def take(self):
        self.taken.append((self.table.moment(), self.table.copy()))

    def check(self, *keys):
        """At each moment the table is as it was then, whole and row by row."""
        for moment, copy in self.taken:
            assert self.table.as_of(moment) == copy
            for key in keys:
                rows = [row for row in copy if row.startswith((f"({key},", f'("{key}",'))]
                assert self.table.as_of(moment, key) == rows


@pytest.fixture(params=["full", "changes"])
def images(request):
    return request.param


@pytest.fixture
def story(audit, images):
    return Story(Audited(audit, COLUMNS, images=images))


def test_writes(story):
    story.then("INSERT INTO book VALUES (1, 'Emma', 5), (2, 'Dune', 6.5), (3, NULL, NULL)")
    story.then("UPDATE book SET price = 7 WHERE id = 1")
    story.then("UPDATE book SET title = NULL WHERE id = 1", "UPDATE book SET price = price + 1")
    story.then("DELETE FROM book WHERE id = 2")
    story.then("INSERT INTO book VALUES (2, 'Dune II', 1)")
    story.check("1", "2", "3", "4")


def test_keys_that_change(story):
    story.then("INSERT INTO book VALUES (1, 'Emma', 5), (2, 'Dune', 6.5)")
    story.then("UPDATE book SET id = 5 WHERE id = 1")
    story.then("UPDATE book SET title = 'Emma II' WHERE id = 5")
    story.then("INSERT INTO book VALUES (1, 'new', 1)", "UPDATE book SET id = 6 WHERE id = 2")
    story.then("UPDATE book SET id = 2 WHERE id = 5", "DELETE FROM book WHERE id = 6")
    story.check("1", "2", "5", "6")


def test_truncate(story):
    story.then("INSERT INTO book VALUES (1, 'Emma', 5), (2, 'Dune', 6.5), (3, 'Solaris', 1)")
    story.then("UPDATE book SET price = 7 WHERE id = 1", "UPDATE book SET id = 4 WHERE id = 3")
    story.then("DELETE FROM book WHERE id = 2")
    story.then("TRUNCATE book")
    story.then("INSERT INTO book VALUES (1, 'Emma II', 8)", "UPDATE book SET price = 9")
    story.then("TRUNCATE book", "INSERT INTO book VALUES (1, 'Emma III', 8)")
    story.check("1", "2", "3", "4")


def test_renames(story):
    story.then("INSERT INTO book VALUES (1, 'Emma', 5), (2, 'Dune', 6.5)")
    story.table.rename_column("title", "name")
    story.then("UPDATE book SET name = 'Emma II' WHERE id = 1")
    story.table.rename("livre")
    story.then("UPDATE book SET price = 0")
    story.table.rename_column("id", "number")
    story.then("UPDATE book SET number = 3 WHERE number = 1", "DELETE FROM book WHERE number = 2")
    story.check("1", "2", "3")
