"""Sessions that write at the same time leave the tables that projections keep right."""

import random
import threading
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection

from tests.capture.events import execute
from tests.capture.projections import FUNCTIONS, NAMES, TABLES, fetch, kept, live, project
from tests.example.models import Book, Publisher
from tests.feed.writers import dsn

pytestmark = pytest.mark.django_db(transaction=True)

GIVE_UP = (psycopg.errors.DeadlockDetected, psycopg.errors.UniqueViolation)
INSERT = "INSERT INTO library_book (id, title, price, publisher_id) VALUES (1, 'Dune', 5, 1)"
MOVE = "UPDATE library_book SET publisher_id = 2 WHERE id = 1"
RETITLE = "UPDATE library_book SET title = 'Dune II' WHERE id = 1"
RENAME = "UPDATE library_publisher SET name = name || '!' WHERE id = {}"
DELETE = "DELETE FROM library_book WHERE id = 1"
RACES = [
    ("", INSERT, RENAME.format(1)),
    (INSERT, RENAME.format(1), RETITLE),
    (INSERT, RETITLE, RENAME.format(1)),
    (INSERT, MOVE, RENAME.format(2)),
    (INSERT, RENAME.format(2), MOVE),
    (INSERT, MOVE, RENAME.format(1)),
    (INSERT, RENAME.format(1), MOVE),
    (INSERT, MOVE, DELETE),
    (INSERT, DELETE, RENAME.format(1)),
    ("", INSERT, INSERT.replace("(1,", "(2,")),
]
"""What was written before, and two statements of which the second waits for the first."""


@pytest.fixture
def publishers(transactional_db, monkeypatch):
    execute(TABLES + FUNCTIONS)
    project(monkeypatch, Book, "library_count_books", "library_list_books")
    project(monkeypatch, Publisher, "library_list_publishers")
    Publisher.objects.bulk_create([Publisher(pk=pk, name=f"Number {pk}") for pk in range(1, 6)])
    yield
    execute(f"DROP FUNCTION {', '.join(f'{name}()' for name in NAMES)} CASCADE")
    execute("DROP TABLE library_publishercount, library_bookentry")


def session():
    return psycopg.connect(dsn(connection.settings_dict["NAME"]), autocommit=True)


@contextmanager
def waiting(statement):
    """Another session's statement, which waits for this one until the block ends."""
    with session() as other:
        pid = other.info.backend_pid
        thread = threading.Thread(target=other.execute, args=[statement])
        thread.start()
        while not fetch(f"SELECT 1 FROM pg_locks WHERE pid = {pid} AND NOT granted"):
            assert thread.is_alive()
        yield
        thread.join()


def test_of_two_statements_one_waits(publishers):
    for before, first, second in RACES:
        execute("TRUNCATE library_book CASCADE")
        if before:
            execute(before)
        with session() as one:
            one.execute("BEGIN")
            one.execute(first)
            with waiting(second):
                one.execute("COMMIT")
        assert (first, second, kept()) == (first, second, live())


class Writer(threading.Thread):
    """Writes books and publishers in many small transactions."""

    def __init__(self, seed):
        super().__init__()
        self.random = random.Random(seed)
        self.error = None

    def run(self):
        try:
            with session() as own:
                own.execute("SET deadlock_timeout = '10ms'")
                for _ in range(100):
                    self.transact(own)
        except BaseException as error:  # noqa: BLE001 - told to the test
            self.error = error

    def transact(self, own):
        try:
            with own.transaction():
                for _ in range(self.random.choice([1, 1, 3])):
                    self.write(own)
        except GIVE_UP:
            pass

    def write(self, own):
        book, publisher = self.random.randint(1, 15), self.random.randint(1, 5)
        statement = self.random.choice(
            [
                f"""
                INSERT INTO library_book (id, title, price, publisher_id)
                VALUES ({book}, 'New', 5, {publisher}), ({book + 15}, 'New', 5, NULL)
                ON CONFLICT (id) DO UPDATE SET publisher_id = excluded.publisher_id
                """,
                f"UPDATE library_book SET publisher_id = {publisher} WHERE id % 4 = {book % 4}",
                f"UPDATE library_book SET id = id + 1000 WHERE id = {book}",
                f"UPDATE library_book SET title = title || '!' WHERE id = {book}",
                f"DELETE FROM library_book WHERE id = {book}",
                f"UPDATE library_publisher SET name = name || '!' WHERE id = {publisher}",
            ]
        )
        own.execute(statement)


def test_many_writers(publishers):
    writers = [Writer(seed) for seed in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.error for writer in writers] == [None] * 4
    assert kept() == live()
    assert live()[1]
