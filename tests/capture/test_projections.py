"""The tables that projections keep are right after every path by which rows are written."""

import pytest
from django.db import models, transaction

from tests.capture.events import copy, execute
from tests.capture.projections import FUNCTIONS, REBUILD, TABLES, fetch, kept, live, project
from tests.example.models import Book, Publisher, Tag

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf(db, monkeypatch):
    """Two publishers, their books and one without, kept as the documentation shows."""
    execute(TABLES + FUNCTIONS)
    project(monkeypatch, Book, "library_count_books", "public.library_list_books")
    project(monkeypatch, Publisher, "library_list_publishers")
    Publisher.objects.bulk_create([Publisher(pk=1, name="Ace"), Publisher(pk=2, name="Knopf")])
    Book.objects.bulk_create(
        [book(1, "Dune", 1), book(2, "Emma", 2), book(3, "Ulysses", 2), book(4, "Beowulf", None)]
    )
    # The deferred foreign keys would keep the tables from being emptied or altered.
    execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def book(pk, title, publisher):
    return Book(pk=pk, title=title, price=5, publisher_id=publisher)


def test_they_are_right_from_the_first_row_on(shelf):
    assert kept() == [
        [(1, 1), (2, 2)],
        [
            (1, "Dune", 1, "Ace"),
            (2, "Emma", 2, "Knopf"),
            (3, "Ulysses", 2, "Knopf"),
            (4, "Beowulf", None, None),
        ],
    ]


def save():
    new = Book.objects.create(pk=5, title="Persuasion", price=5, publisher_id=1)
    new.publisher_id, new.title = 2, "Persuasion II"
    new.save()
    Publisher(pk=2, name="Vintage").save()


def bulk_create():
    Publisher.objects.bulk_create([Publisher(pk=3, name="Faber")])
    Book.objects.bulk_create([book(20 + n, f"Volume {n}", n % 3 + 1) for n in range(20)])


def bulk_update():
    books = list(Book.objects.all())
    for each in books:
        each.title += "!"
        each.publisher_id = 1
    Book.objects.bulk_update(books, ["title", "publisher"])


def update_or_create():
    Book.objects.update_or_create(pk=1, defaults={"publisher_id": 2})
    Book.objects.update_or_create(pk=9, defaults={"title": "New", "price": 5, "publisher_id": 2})


def upsert():
    Book.objects.bulk_create(
        [book(1, "Dune II", 2), book(8, "Solaris", 1)],
        update_conflicts=True,
        unique_fields=["pk"],
        update_fields=["title", "publisher"],
    )
    Book.objects.bulk_create([book(2, "ignored", 1)], ignore_conflicts=True)
    Publisher.objects.bulk_create(
        [Publisher(pk=1, name="Ace Books"), Publisher(pk=3, name="Faber")],
        update_conflicts=True,
        unique_fields=["pk"],
        update_fields=["name"],
    )


def update_of_a_queryset():
    Book.objects.filter(publisher_id=2).update(publisher_id=None)
    Publisher.objects.update(name=models.functions.Concat("name", models.Value(" & Co")))


def raw_sql():
    execute("INSERT INTO library_book (id, title, price, publisher_id) SELECT 5, 'New', 5, 1")
    execute("UPDATE library_book SET publisher_id = 3 - publisher_id")
    execute("UPDATE library_book SET publisher_id = publisher_id WHERE title = 'no such'")
    execute("DELETE FROM library_book WHERE title = 'Emma'")


def several_writes_in_one_statement():
    execute(
        "WITH renamed AS (UPDATE library_publisher SET name = 'Orbit' WHERE id = 1),"
        " moved AS (UPDATE library_book SET publisher_id = 1 WHERE id = 2),"
        " gone AS (DELETE FROM library_book WHERE id = 3)"
        " INSERT INTO library_book (id, title, price, publisher_id) VALUES (5, 'New', 5, 1)"
    )


def copied():
    copy(
        "COPY library_book (id, title, price, publisher_id) FROM STDIN (FORMAT csv)",
        "11,Copied,5,1\n12,Copied too,5,2\n13,Copied alone,5,\n",
    )


def merged():
    execute(
        """
        MERGE INTO library_book AS book
        USING (VALUES (1, 2), (2, NULL), (7, 1)) AS wanted (id, publisher_id) ON book.id = wanted.id
        WHEN MATCHED AND wanted.publisher_id IS NULL THEN DELETE
        WHEN MATCHED THEN UPDATE SET publisher_id = wanted.publisher_id
        WHEN NOT MATCHED THEN INSERT (id, title, price, publisher_id)
            VALUES (wanted.id, 'Merged', 5, wanted.publisher_id)
        """
    )


def deleted():
    Book.objects.get(pk=1).delete()
    Book.objects.filter(publisher_id=2).delete()


def cascade_of_django():
    Publisher.objects.get(pk=2).delete()


def set_null_of_django():
    field = Book._meta.get_field("publisher").remote_field
    cascade, field.on_delete = field.on_delete, models.SET_NULL
    try:
        Publisher.objects.get(pk=2).delete()
    finally:
        field.on_delete = cascade


def of_the_database(action):
    """Have the database itself cascade."""
    ((name,),) = fetch(
        "SELECT conname FROM pg_constraint"
        " WHERE conrelid = 'library_book'::regclass AND contype = 'f'"
    )
    execute(
        f"ALTER TABLE library_book DROP CONSTRAINT {name}, ADD FOREIGN KEY (publisher_id)"
        f" REFERENCES library_publisher {action}"
    )


def cascade_of_the_database():
    of_the_database("ON DELETE CASCADE")
    execute("DELETE FROM library_publisher")


def set_null_of_the_database():
    of_the_database("ON DELETE SET NULL")
    execute("DELETE FROM library_publisher WHERE id = 2")


def key_that_cascades():
    of_the_database("ON UPDATE CASCADE")
    execute("UPDATE library_publisher SET id = id + 10")


def keys():
    execute("UPDATE library_book SET id = id + 100")
    execute("UPDATE library_book SET id = 1 WHERE id = 102")
    execute("UPDATE library_publisher SET id = 50, name = 'Orbit' WHERE id = 1")
    execute("UPDATE library_book SET publisher_id = 50 WHERE publisher_id = 1")


def a_publisher_after_its_books():
    execute("INSERT INTO library_book (id, title, price, publisher_id) VALUES (5, 'Early', 5, 9)")
    execute("INSERT INTO library_publisher (id, name) VALUES (9, 'Late')")


def truncated():
    execute("TRUNCATE library_book CASCADE")


def truncated_by_cascade():
    execute("TRUNCATE library_publisher CASCADE")


def truncated_with_what_is_kept():
    execute("TRUNCATE library_bookentry, library_book, library_publishercount CASCADE")


def rolled_back():
    Book.objects.filter(pk=1).update(publisher_id=2)
    with transaction.atomic():
        Publisher.objects.update(name=models.functions.Upper("name"))
        Book.objects.filter(pk=2).delete()
        execute("UPDATE library_book SET publisher_id = 1")
        transaction.set_rollback(True)


def links():
    Book.objects.get(pk=1).tags.add(Tag.objects.create(name="desert"))
    Book.objects.get(pk=1).delete()


PATHS = [
    save, bulk_create, bulk_update, update_or_create, upsert, update_of_a_queryset, raw_sql,
    several_writes_in_one_statement, copied, merged, deleted, cascade_of_django,
    set_null_of_django, cascade_of_the_database, set_null_of_the_database, key_that_cascades, keys,
    a_publisher_after_its_books, truncated, truncated_by_cascade, truncated_with_what_is_kept,
    rolled_back, links,
]  # fmt: skip


@pytest.mark.parametrize("write", PATHS, ids=lambda path: path.__name__)
def test_they_are_right_after(shelf, write):
    before = live()
    write()
    assert kept() == live()
    assert live() != before


def test_what_is_not_seen_is_rebuilt(shelf):
    execute("SET LOCAL session_replication_role = replica")
    execute("DELETE FROM library_book WHERE id = 1")
    execute("UPDATE library_publisher SET name = 'Orbit' WHERE id = 2")
    execute("SET LOCAL session_replication_role = origin")
    assert kept() != live()
    execute(REBUILD)
    assert kept() == live()
