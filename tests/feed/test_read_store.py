"""The library's read store, which a subscription keeps, beside the tables that it is made of."""

from contextlib import suppress

import pytest
from django.db import connection

from tests.example.models import Book, BookListing, Publisher, Tag
from tests.feed.conftest import rows
from tests.feed.writers import BOOKS, GIVE_UP, Writer, writing
from trigger_audit import feed
from trigger_audit.testing import drain

NAME = "library.listings"
JOIN = """
    SELECT
        book.id,
        book.title,
        book.price,
        publisher.name,
        array_remove(array_agg(tag.name ORDER BY tag.name), NULL)
    FROM library_book AS book
    LEFT JOIN library_publisher AS publisher ON publisher.id = book.publisher_id
    LEFT JOIN library_book_tags AS link ON link.book_id = book.id
    LEFT JOIN library_tag AS tag ON tag.id = link.tag_id
    GROUP BY book.id, publisher.name
    ORDER BY book.id
"""
RENAME = "UPDATE library_publisher SET name = %s WHERE id = %s"
ASSIGN = "UPDATE library_book SET publisher_id = %s WHERE id = %s"
LINK = """
    INSERT INTO library_book_tags (book_id, tag_id) SELECT id, %s FROM library_book WHERE id = %s
    ON CONFLICT DO NOTHING
"""
UNLINK = "DELETE FROM library_book_tags WHERE book_id = %s"
MOVE = "UPDATE library_book SET id = %s WHERE id = %s"


def listings():
    return list(BookListing.objects.order_by("book").values_list())


class Librarian(Writer):
    """Writes whatever a listing shows."""

    def transact(self, session, gid):
        if not gid.endswith("-20"):
            super().transact(session, gid)
            return
        with suppress(*GIVE_UP):
            session.execute("TRUNCATE library_book CASCADE")

    def write(self, session):
        book, other = self.random.randint(1, BOOKS), self.random.randint(1, 5)
        kind = self.random.random()
        if kind < 0.1:
            session.execute(RENAME, [f"{self.name} {self.random.random()}", other])
        elif kind < 0.25:
            session.execute(ASSIGN, [other, book])
        elif kind < 0.5:
            session.execute(LINK, [other, book])
        elif kind < 0.6:
            session.execute(UNLINK, [book])
        elif kind < 0.7:
            session.execute(UNLINK, [book])
            session.execute(MOVE, [self.random.randint(1, BOOKS), book])
        else:
            super().write(session)


@pytest.fixture
def shelf(db):
    """Two books of a publisher, of which the first has a tag."""
    publisher = Publisher.objects.create(name="Ace")
    dune = Book.objects.create(pk=1, title="Dune", price=5, publisher=publisher)
    Book.objects.create(pk=2, title="Emma", price=5, publisher=publisher)
    dune.tags.create(name="space")
    drain(NAME)


def test_listings_of_new_books(shelf):
    assert listings() == [(1, "Dune", 5, "Ace", ["space"]), (2, "Emma", 5, "Ace", [])] == rows(JOIN)


def test_what_no_listing_shows_leaves_them_alone(shelf):
    Tag.objects.create(name="old")
    Publisher.objects.create(name="Faber")
    assert drain(NAME) == {NAME: 1}
    assert listings() == rows(JOIN)


CASES = {
    "a book changes": (
        lambda: Book.objects.filter(pk=1).update(price=7, publisher=None),
        [(1, "Dune", 7, None, ["space"]), (2, "Emma", 5, "Ace", [])],
    ),
    "a book goes": (
        lambda: Book.objects.get(pk=1).delete(),
        [(2, "Emma", 5, "Ace", [])],
    ),
    "a publisher is renamed": (
        lambda: Publisher.objects.update(name="Gollancz"),
        [(1, "Dune", 5, "Gollancz", ["space"]), (2, "Emma", 5, "Gollancz", [])],
    ),
    "a publisher goes, with its books": (
        lambda: Publisher.objects.get().delete(),
        [],
    ),
    "tags come and go": (
        lambda: (
            Book.objects.get(pk=1).tags.clear(),
            Book.objects.get(pk=2).tags.create(name="b"),
            Book.objects.get(pk=2).tags.create(name="a"),
        ),
        [(1, "Dune", 5, "Ace", []), (2, "Emma", 5, "Ace", ["a", "b"])],
    ),
    "a tag moves to another book": (
        lambda: Book.tags.through.objects.update(book=2),
        [(1, "Dune", 5, "Ace", []), (2, "Emma", 5, "Ace", ["space"])],
    ),
    "a book gets another key": (
        lambda: Book.objects.filter(pk=2).update(id=3),
        [(1, "Dune", 5, "Ace", ["space"]), (3, "Emma", 5, "Ace", [])],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_listings_follow(shelf, case):
    write, expected = CASES[case]
    write()
    drain(NAME)
    assert listings() == expected == rows(JOIN)


@pytest.mark.parametrize("table", ["library_book", "library_book_tags", "library_publisher"])
def test_a_table_is_emptied(shelf, table):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"TRUNCATE {table} CASCADE")
    Book.objects.create(pk=4, title="Ulysses", price=8)
    drain(NAME)
    assert listings() == rows(JOIN)


@pytest.mark.django_db(transaction=True)
def test_changes_that_come_again():
    for pk in (1, 2):
        Book.objects.create(pk=pk, title="a", price=5)
    Book.objects.filter(pk=1).update(price=9)
    Book.objects.filter(pk=2).delete()
    drain(NAME)
    feed.reset(NAME, "earliest")
    assert drain(NAME) == {NAME: 4}
    assert listings() == [(1, "a", 9, None, [])]


@pytest.mark.django_db(transaction=True)
def test_while_writers_write_the_listings_become_the_join():
    for number in range(1, 6):
        Publisher.objects.create(pk=number, name=str(number))
        Tag.objects.create(pk=number, name=str(number))
    for number in range(1, BOOKS + 1, 2):
        Book.objects.create(pk=number, title=str(number), price=0)
    polls = []
    with writing(connection.settings_dict["NAME"], 4, 60, Librarian) as writers:
        while any(writer.is_alive() for writer in writers):
            polls.append(feed.run_once(NAME))
    drain(NAME)
    assert listings() == rows(JOIN)
    assert len(listings()) > 0
    assert {poll.outcome for poll in polls} <= {"delivered", "closed", "idle"}
