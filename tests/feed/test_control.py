"""What an operator sees, and does."""

import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from weakref import WeakKeyDictionary

import pytest
from django.db import connection

from tests.example.models import Book
from tests.feed.conftest import drain, other_session, rows
from trigger_audit import exceptions, feed
from trigger_audit.feed import lease

pytestmark = pytest.mark.django_db(transaction=True)


def insert(session, *keys):
    for key in keys:
        session.execute("INSERT INTO library_book (id, title, price) VALUES (%s, '', 0)", [key])


def test_a_subscription_that_was_never_begun(subscribe):
    subscribe(Book, shards=2)
    new = [(lane.shard, lane.shards, lane.state, lane.lag_events) for lane in feed.status()]
    assert new == [(0, 2, "new", None), (1, 2, "new", None)]
    for act in (feed.resume, feed.forget, feed.rebase, feed.accept_loss):
        with pytest.raises(exceptions.UnknownSubscription, match="was never begun in 'default'"):
            act("test")


def test_an_unknown_subscription_is_told_with_what_is_meant(subscribe):
    subscribe(Book, name="library.search")
    for act in (feed.run_once, feed.retry, feed.skip, feed.reset):
        with pytest.raises(exceptions.UnknownSubscription, match=r"did you mean library\.search"):
            act("library.serch")


def test_how_far_it_came(subscribe, session):
    subscribe(Book, batch_size=2)
    insert(session, 1, 2, 3)
    feed.run_once("test")
    insert(session, 4)
    (lane,) = feed.status("test")
    ids = [number for (number,) in rows("SELECT id FROM trigger_audit_event ORDER BY id")]
    assert (lane.state, lane.position, lane.delivered) == ("running", ids[1], 2)
    assert lane.lag_events == 2
    assert lane.lag_seconds > 0
    drain()
    (lane,) = feed.status()
    assert (lane.position, lane.delivered) == (ids[3], 4)
    assert (lane.lag_events, lane.lag_seconds, lane.pid) == (0, 0, None)


def test_who_delivers(subscribe, session):
    subscribe(Book)
    drain()
    session.execute("BEGIN")
    session.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('trigger_audit_feed:test:0', 0))"
    )
    (pid,) = session.execute("SELECT pg_backend_pid()").fetchone()
    assert [lane.pid for lane in feed.status()] == [pid]


def test_what_is_open_for_long(subscribe, session):
    with other_session() as writer:
        writer.execute("SET application_name = 'import'")
        writer.execute("BEGIN")
        insert(writer, 1)
        (pid,) = writer.execute("SELECT pg_backend_pid()").fetchone()
        (blocker,) = feed.blockers(seconds=0)
        assert (blocker.pid, blocker.application, blocker.state) == (
            pid,
            "import",
            "idle in transaction",
        )
        writer.execute("PREPARE TRANSACTION 'a'")
        (blocker,) = feed.blockers(seconds=0)
        assert (blocker.pid, blocker.gid, blocker.state) == (None, "a", "prepared")
        writer.execute("ROLLBACK PREPARED 'a'")
    assert feed.blockers(seconds=0) == []


def test_pause_and_resume(subscribe, session):
    got = subscribe(Book)
    insert(session, 1)
    drain()
    feed.pause("test")
    insert(session, 2)
    assert feed.run_once("test").outcome == "paused"
    assert [lane.state for lane in feed.status()] == ["paused"]
    feed.resume("test")
    drain()
    assert got.changes == [("INSERT", 1), ("INSERT", 2)]


def test_reset_begins_anew_as_declared_or_elsewhere(subscribe, session):
    got = subscribe(Book)
    insert(session, 1, 2)
    drain()
    feed.reset("test")
    drain()
    assert got.changes == [("INSERT", 1), ("INSERT", 2)] * 2
    feed.reset("test", "latest")
    insert(session, 3)
    drain()
    assert got.changes[4:] == [("INSERT", 3)]
    ((moment,),) = rows("SELECT max(at) - interval '1 us' FROM trigger_audit_event")
    feed.reset("test", moment + timedelta(microseconds=1))
    drain()
    assert got.changes[5:] == [("INSERT", 3)]


def test_other_shards_are_refused_until_a_reset(subscribe, session):
    got = subscribe(Book, shards=2)
    insert(session, 1)
    for shard in range(2):
        drain(shard=shard)
    subscribe(Book, shards=1, handler=got)
    with pytest.raises(exceptions.ShardsChanged, match="test, 1, begun with 2"):
        feed.run_once("test")
    assert {lane.state for lane in feed.status()} == {"stopped"}
    feed.reset("test", "latest")
    insert(session, 2)
    drain()
    assert got.changes == [("INSERT", 1), ("INSERT", 2)]


def test_forget_what_is_no_longer_declared(subscribe, session):
    from trigger_audit import subscription

    subscribe(Book)
    drain()
    subscription.unsubscribe("test")
    assert [lane.state for lane in feed.status()] == ["undeclared"]
    feed.forget("test")
    assert feed.status() == []


def test_a_poll_inside_of_a_transaction_is_refused(subscribe):
    from django.db import transaction

    subscribe(Book)
    with transaction.atomic(), pytest.raises(exceptions.FeedInTransaction, match="drain"):
        feed.run_once("test")


@pytest.fixture
def repeatable_read(session, monkeypatch):
    """Sessions whose transactions do not see, unless told otherwise, what others commit."""
    name = connection.settings_dict["NAME"]
    setting = "default_transaction_isolation"
    session.execute(f'ALTER DATABASE "{name}" SET {setting} = "repeatable read"')
    # What other tests found out of this connection counts no more.
    monkeypatch.setattr(lease, "_defaults", WeakKeyDictionary())
    connection.close()
    assert rows(f"SHOW {setting}") == [("repeatable read",)]
    yield
    session.execute(f'ALTER DATABASE "{name}" RESET {setting}')
    connection.close()


def test_a_stricter_default_isolation_changes_nothing(subscribe, session, repeatable_read):
    got = subscribe(Book)
    insert(session, 1)
    drain()
    insert(session, 2)
    drain()
    assert got.changes == [("INSERT", 1), ("INSERT", 2)]


def test_a_reset_that_waited_goes_from_what_is_then(subscribe, session, repeatable_read):
    subscribe(Book)
    drain()
    with reset_that_waits(session):
        session.execute("UPDATE trigger_audit_feed_cursor SET delivered = 7")
    assert rows("SELECT delivered FROM trigger_audit_feed_cursor") == [(0,)]


def test_a_reset_waits_for_the_worker_that_begins(subscribe, session):
    got = subscribe(Book, start="latest")
    insert(session, 1)
    with reset_that_waits(session, "earliest"):
        session.execute(
            "INSERT INTO trigger_audit_feed_cursor (subscription, shard, shards, epoch, lo)"
            " VALUES ('test', 0, 1, 1, pg_current_snapshot())"
        )
    drain()
    assert got.changes == [("INSERT", 1)]


@contextmanager
def reset_that_waits(session, start=None):
    """What the session does is done with the lease, while a reset waits for it."""

    def run():
        feed.reset("test", start)
        connection.close()

    session.execute("BEGIN")
    session.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('trigger_audit_feed:test:0', 0))"
    )
    reset = threading.Thread(target=run)
    reset.start()
    while not rows("SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"):
        time.sleep(0.01)
    yield
    session.execute("COMMIT")
    reset.join()
