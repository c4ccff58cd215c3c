"""A row that gets another key is followed, whatever its key is made of."""

import pytest

from tests.awkward.models import Composite
from tests.captured.models import Category, Product
from tests.example.models import Book
from tests.feed.conftest import drain
from trigger_audit import feed

pytestmark = pytest.mark.django_db(transaction=True)
LONG = "x" * 3000


@pytest.fixture
def changes(subscribe):
    """The changes of a model that are drained."""

    def of(model, **options):
        found = []
        subscribe(model, handler=found.extend, **options)
        return found

    return of


def keys(found):
    """The key before and after each change, and that the database knows the row by the same."""
    ids = [(change.row.object_id, change.row.new_object_id) for change in found]
    assert [before for before, _ in ids[1:]] == [after for _, after in ids[:-1]]
    return [(change.old_key, change.key) for change in found]


@pytest.mark.parametrize("code", ["b", "[1", "", LONG])
def test_a_key_of_text(changes, code):
    found = changes(Category)
    Category.objects.create(code="a")
    Category.objects.update(code=code)
    Category.objects.update(parent_id="z")
    drain()
    assert keys(found) == [("a", "a"), ("a", code), (code, code)]


@pytest.mark.parametrize("row", ["a", 'a"b', LONG])
def test_a_key_of_several_parts(changes, row):
    found = changes(Composite)
    Composite.objects.create(row=row, number=1, note="")
    Composite.objects.update(number=2)
    Composite.objects.update(row=f"{row}!")
    Composite.objects.update(note="b")
    drain()
    first, second, third = (row, 1), (row, 2), (f"{row}!", 2)
    assert keys(found) == [(first, first), (first, second), (second, third), (third, third)]


def test_a_new_key_counts_whatever_fields_are_watched(changes, session):
    found = changes(Book, fields=["price"], operations=["UPDATE"])
    session.execute("INSERT INTO library_book (id, title, price) VALUES (1, '', 0)")
    session.execute("UPDATE library_book SET id = 2")
    session.execute("UPDATE library_book SET title = 'a'")
    session.execute("UPDATE library_book SET price = 1")
    drain()
    assert keys(found) == [(1, 2), (2, 2)]


def test_watched_fields_of_images_of_changes(changes, session):
    found = changes(Product, fields=["price"], operations=["UPDATE"])
    session.execute("INSERT INTO captured_product (id, name, price) VALUES (1, 'a', 1)")
    session.execute("UPDATE captured_product SET colour = 'red'")
    session.execute("UPDATE captured_product SET price = NULL")
    session.execute("UPDATE captured_product SET price = 2, colour = 'blue'")
    session.execute("UPDATE captured_product SET id = 2")
    drain()
    assert keys(found) == [(1, 1), (1, 1), (1, 2)]
    assert [change.new for change in found] == [
        {"price": None},
        {"price": 2, "colour": "blue"},
        {"id": 2},
    ]


def test_a_row_that_is_parked_is_held_under_its_new_key(subscribe, session):
    """Whatever fields are watched."""
    got = subscribe(Book, fields=["price"], attempts=1, backoff=0)
    got.failing = {1: ValueError("not this one")}
    session.execute("INSERT INTO library_book (id, title, price) VALUES (1, '', 0)")
    session.execute("UPDATE library_book SET id = 2")
    session.execute("UPDATE library_book SET price = 1")
    drain()
    assert got.changes == []
    got.failing = {}
    assert feed.retry("test") == (3, 0)
    assert got.changes == [("INSERT", 1), ("UPDATE", 2), ("UPDATE", 2)]
