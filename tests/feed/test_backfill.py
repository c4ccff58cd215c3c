"""The rows that are there first, and then what happens to them."""

import pytest

from tests.example.models import Book, Loan, Tag
from tests.feed.conftest import Recorder, drain, rows
from tests.feed.writers import writing
from trigger_audit import feed

pytestmark = pytest.mark.django_db(transaction=True)


class Mirror:
    """A handler that keeps a copy of a table, and notes whatever does not fit it."""

    def __init__(self):
        self.rows = {}
        self.misfits = []

    def __call__(self, batch):
        for change in batch:
            if change.operation == "TRUNCATE":
                self.rows.clear()
                continue
            expected = change.operation in ("UPDATE", "DELETE")
            if (change.old_key in self.rows) is not expected:
                self.misfits.append(change)
            if change.old is not None and self.rows.get(change.old_key) != change.old:
                self.misfits.append(change)
            self.rows.pop(change.old_key, None)
            if change.new is not None:
                self.rows[change.key] = change.new


def books():
    return {row["id"]: row for row in Book.objects.values("id", "title", "price", "publisher")}


def insert(session, *keys):
    for key in keys:
        session.execute("INSERT INTO library_book (id, title, price) VALUES (%s, '', 0)", [key])


@pytest.mark.parametrize("batch_size", [1, 2, 3, 500])
def test_rows_come_once_as_they_stand(subscribe, session, batch_size):
    session.execute("ALTER TABLE library_book DISABLE TRIGGER USER")
    insert(session, 1, 2, 10)
    session.execute("ALTER TABLE library_book ENABLE TRIGGER USER")
    got = subscribe(Book, start="backfill", batch_size=batch_size)
    drain()
    assert got.changes == [("SNAPSHOT", 1), ("SNAPSHOT", 2), ("SNAPSHOT", 10)]
    session.execute("UPDATE library_book SET price = 1 WHERE id = 2")
    drain()
    assert got.changes[3:] == [("UPDATE", 2)]
    assert rows("SELECT backfill FROM trigger_audit_feed_cursor") == [(None,)]


def test_a_snapshot_shows_what_an_insert_shows(subscribe):
    book = Book.objects.create(title="a", price=1)
    Loan.objects.create(book=book, card_number="secret")
    found = []
    subscribe(Loan, handler=found.extend, start="earliest", name="events")
    subscribe(Loan, handler=found.extend, start="backfill")
    drain("events")
    drain()
    inserted, snapshot = found
    assert snapshot.new == inserted.new
    assert (snapshot.old, snapshot.key, snapshot.old_key) == (None, *[inserted.key] * 2)
    assert snapshot.context == {}
    assert inserted.at < snapshot.at
    assert inserted.idempotency_key != snapshot.idempotency_key
    assert snapshot.instance() == Loan.objects.get()


def test_what_is_written_between_two_chunks(subscribe, session):
    mirror = Mirror()
    subscribe(Book, handler=mirror, start="backfill", batch_size=2)
    insert(session, *range(10, 20))
    feed.run_once("test")
    assert sorted(mirror.rows) == [10, 11]
    insert(session, 1, 99)
    session.execute("UPDATE library_book SET price = 5 WHERE id IN (10, 15)")
    session.execute("DELETE FROM library_book WHERE id IN (11, 16)")
    session.execute("UPDATE library_book SET id = 12 - 10 WHERE id = 12")
    session.execute("UPDATE library_book SET id = 98 WHERE id = 10")
    drain()
    assert mirror.rows == books()
    # What came before its row's chunk is in the chunk alone; a row that moved may come again.
    assert {change.key for change in mirror.misfits} <= {2, 98}


def test_a_row_that_gets_a_key_that_is_still_to_come(subscribe, session):
    """It comes again where it is then, and nothing stays of what it was before."""
    mirror = Mirror()
    subscribe(Book, handler=mirror, start="backfill", batch_size=2)
    insert(session, *range(1, 10))
    feed.run_once("test")
    session.execute("UPDATE library_book SET id = id + 100 WHERE id < 3")
    # The window of the first rows, the next rows, and their window.
    for _ in range(3):
        feed.run_once("test")
    assert mirror.rows.keys() == {3, 4}
    session.execute("DELETE FROM library_book WHERE id = 101")
    session.execute("UPDATE library_book SET id = 99 WHERE id = 102")
    drain()
    assert (mirror.rows, mirror.misfits) == (books(), [])


def test_an_emptied_table(subscribe, session):
    mirror = Mirror()
    subscribe(Book, handler=mirror, start="backfill", batch_size=2)
    insert(session, *range(1, 6))
    feed.run_once("test")
    session.execute("TRUNCATE library_book CASCADE")
    insert(session, 3)
    drain()
    assert mirror.rows == books()
    assert mirror.misfits == []


def test_several_models_come_one_after_the_other(subscribe, session):
    got = subscribe(Book, Book.tags.through, start="backfill", batch_size=2)
    book = Book.objects.create(title="a", price=1)
    link = Book.tags.through.objects.create(book=book, tag=Tag.objects.create(name="b"))
    drain()
    key = link.pk
    assert got.changes == [("SNAPSHOT", book.pk), ("SNAPSHOT", key)]
    link.delete()
    drain()
    assert got.changes[2:] == [("DELETE", key)]


def test_lanes_have_their_own_rows(subscribe, session):
    got = [Recorder(), Recorder(), Recorder()]
    subscribe(Book, handler=lambda batch: got[batch.shard](batch), start="backfill", shards=3)
    insert(session, *range(1, 20))
    for shard in range(3):
        drain(shard=shard)
    keys = [[key for _, key in each.changes] for each in got]
    assert sorted(key for each in keys for key in each) == list(range(1, 20))
    assert min(map(len, keys)) > 0
    ((expected,),) = rows("SELECT trigger_audit_feed_shard('7', 3)")
    assert 7 in keys[expected]


def test_a_chunk_that_fails_is_read_again(subscribe, session):
    mirror, fails = Mirror(), [True]

    def handler(batch):
        if fails:
            raise ValueError("not yet")
        mirror(batch)

    subscribe(Book, handler=handler, start="backfill", attempts=1, backoff=0)
    insert(session, 1, 2)
    assert [feed.run_once("test").outcome for _ in range(3)] == ["failed"] * 3
    session.execute("UPDATE library_book SET price = 7 WHERE id = 1")
    session.execute("DELETE FROM library_book WHERE id = 2")
    fails.clear()
    drain()
    assert (mirror.rows, mirror.misfits) == (books(), [])


def test_while_writers_write_the_copy_becomes_the_table(subscribe, session):
    mirror = Mirror()
    subscribe(Book, handler=mirror, start="backfill", batch_size=3)
    insert(session, *range(100, 130))
    with writing(session.info.dbname, 4, 60):
        for _ in range(40):
            feed.run_once("test")
    drain()
    assert mirror.rows == books()
    assert mirror.misfits == []
