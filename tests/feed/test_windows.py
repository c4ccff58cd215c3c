"""Which events a window holds: each committed one once, however commits and ids are interleaved."""

import psycopg
import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from tests import postgres
from tests.example.models import Book
from tests.feed.conftest import drain, other_session, rows
from trigger_audit import feed

pytestmark = pytest.mark.django_db(transaction=True)


def book(session, key):
    session.execute("INSERT INTO library_book (id, title, price) VALUES (%s, '', 0)", [key])


def reprice(session, key, price):
    session.execute("UPDATE library_book SET price = %s WHERE id = %s", [price, key])


def test_the_first_event_of_a_fresh_table(subscribe, session):
    session.execute("ALTER SEQUENCE trigger_audit_event_id_seq RESTART")
    got = subscribe(Book)
    assert feed.run_once("test").outcome == "idle"
    book(session, 1)
    assert drain() == ["delivered"]
    assert got.changes == [("INSERT", 1)]
    assert rows("SELECT id FROM trigger_audit_event") == [(1,)]


def test_an_id_that_commits_after_a_greater_one(subscribe, session):
    """Whoever reads on from the greatest id never sees it."""
    got = subscribe(Book)
    with other_session() as slow:
        slow.execute("BEGIN")
        book(slow, 1)
        book(session, 2)
        drain()
        assert got.changes == [("INSERT", 2)]
        (greatest,) = rows("SELECT max(id) FROM trigger_audit_event")
        slow.execute("COMMIT")
    drain()
    assert got.changes == [("INSERT", 2), ("INSERT", 1)]
    assert rows("SELECT count(*) FROM trigger_audit_event WHERE id > %s", *greatest) == [(0,)]


def test_an_older_transaction_that_writes_a_row_after_a_younger_one(subscribe, session):
    """Whoever reads in the order of transactions ends with the wrong price."""
    prices = []
    subscribe(Book, handler=lambda batch: prices.extend(change.new["price"] for change in batch))
    book(session, 1)
    book(session, 2)
    with other_session() as older:
        older.execute("BEGIN")
        reprice(older, 2, 5)
        reprice(session, 1, 7)
        reprice(older, 1, 8)
        older.execute("COMMIT")
    drain()
    assert prices == [0, 0, 5, 7, 8]
    by_transaction = rows(
        "SELECT (new ->> 'price')::numeric FROM trigger_audit_event WHERE object_id = '1'"
        " ORDER BY txid, id"
    )
    assert by_transaction == [(0,), (8,), (7,)]


@pytest.mark.parametrize("batch_size", [1, 500])
def test_a_long_transaction_delays_its_own_rows_alone(subscribe, session, batch_size):
    got = subscribe(Book, batch_size=batch_size)
    with other_session() as long:
        long.execute("BEGIN")
        book(long, 1)
        for key in range(2, 6):
            book(session, key)
            drain()
        assert got.changes == [("INSERT", key) for key in range(2, 6)]
        long.execute("COMMIT")
    drain()
    assert got.changes[4:] == [("INSERT", 1)]


def test_a_long_transaction_in_another_database_delays_nothing(subscribe, session):
    got = subscribe(Book)
    server = make_conninfo(**{**postgres.connection(), "dbname": "postgres"})
    with psycopg.connect(server) as elsewhere:
        elsewhere.execute("SELECT pg_current_xact_id()")
        book(session, 1)
        drain()
        assert got.changes == [("INSERT", 1)]


def test_a_prepared_transaction_comes_when_it_commits(subscribe, session):
    got = subscribe(Book)
    session.execute("BEGIN")
    book(session, 1)
    session.execute("PREPARE TRANSACTION 'a'")
    book(session, 2)
    drain()
    session.execute("COMMIT PREPARED 'a'")
    drain()
    assert got.changes == [("INSERT", 2), ("INSERT", 1)]


def test_what_is_rolled_back_does_not_come(subscribe, session):
    got = subscribe(Book)
    session.execute("BEGIN")
    book(session, 1)
    session.execute("SAVEPOINT a")
    book(session, 2)
    session.execute("ROLLBACK TO SAVEPOINT a")
    book(session, 3)
    session.execute("COMMIT")
    session.execute("BEGIN")
    book(session, 4)
    session.execute("ROLLBACK")
    drain()
    assert got.changes == [("INSERT", 1), ("INSERT", 3)]


def test_what_the_handler_writes_comes_too(subscribe, session):
    """Also where its transaction has begun before the window that its own events are in."""
    keys = []

    def copy(batch):
        for change in batch:
            keys.append(change.key)
            if change.key < 4:
                book_of_django(change.key + 1)

    subscribe(Book, handler=copy, batch_size=1)
    book(session, 1)
    drain()
    assert keys == [1, 2, 3, 4]


def book_of_django(key):
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO library_book (id, title, price) VALUES (%s, '', 0)", [key])


def test_latest_begins_with_what_is_open_at_the_first_poll(subscribe, session):
    got = subscribe(Book, start="latest")
    book(session, 1)
    with other_session() as open_session:
        open_session.execute("BEGIN")
        book(open_session, 2)
        drain()
        assert got.changes == []
        open_session.execute("COMMIT")
    book(session, 3)
    drain()
    assert got.changes == [("INSERT", 2), ("INSERT", 3)]


def test_a_moment_begins_there(subscribe, session):
    for key in (1, 2, 3):
        book(session, key)
    ((moment,),) = rows("SELECT at FROM trigger_audit_event WHERE object_id = '2'")
    got = subscribe(Book, start=moment)
    drain()
    assert got.changes == [("INSERT", 2), ("INSERT", 3)]


def test_pages_of_a_window_leave_nothing_out(subscribe, session):
    got = subscribe(Book, batch_size=3)
    session.execute("INSERT INTO library_book SELECT id, '', 0 FROM generate_series(1, 10) AS id")
    assert drain() == ["delivered"] * 4
    assert [len(batch) for batch in got.batches] == [3, 3, 3, 1]
    assert got.changes == [("INSERT", key) for key in range(1, 11)]


def test_marks_spare_windows_what_was_read(subscribe, session):
    """A window does not begin to look at the first event again."""
    subscribe(Book)
    for key in range(1, 4):
        book(session, key)
        drain()
        session.execute("UPDATE trigger_audit_feed_mark SET at = at - interval '1 s'")
    book(session, 4)
    floors = rows("SELECT floor FROM trigger_audit_feed_mark ORDER BY txid")
    ids = rows("SELECT id FROM trigger_audit_event ORDER BY id")
    assert floors == ids[:3]


def test_marks_that_no_window_needs_any_more_go(subscribe, session):
    subscribe(Book)
    for key in range(1, 6):
        book(session, key)
        drain()
        session.execute("UPDATE trigger_audit_feed_mark SET at = at - interval '1 s'")
    # Whatever else runs on the server, the last window ended with the transaction of its mark.
    session.execute(
        "UPDATE trigger_audit_feed_cursor SET partitions_at = '2020-01-01', lo = ("
        " SELECT concat(max(txid::text::bigint), ':', max(txid::text::bigint), ':')::pg_snapshot"
        " FROM trigger_audit_feed_mark)"
    )
    book(session, 6)
    drain()
    floors = rows("SELECT floor FROM trigger_audit_feed_mark ORDER BY txid")
    ids = rows("SELECT id FROM trigger_audit_event ORDER BY id")
    # The fourth was left before the last window that is closed, and the fifth in it.
    assert floors == ids[3:]


def test_no_write_where_nothing_happened(subscribe, session):
    subscribe(Book)
    book(session, 1)
    drain()
    before = rows("SELECT xmin::text, lo::text FROM trigger_audit_feed_cursor")
    for _ in range(3):
        assert feed.run_once("test").outcome == "idle"
    assert rows("SELECT xmin::text, lo::text FROM trigger_audit_feed_cursor") == before
