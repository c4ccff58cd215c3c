"""drain() of one transaction, beside other sessions and workers, and of several databases."""

import threading

import pytest
from django.db import connections, transaction

from tests.example.models import Book, Publisher
from tests.feed.conftest import Recorder, make, rows
from trigger_audit import feed
from trigger_audit.exceptions import DrainInTransaction
from trigger_audit.testing import drain, uncommitted

transactional = pytest.mark.django_db(transaction=True)


def test_savepoints_that_are_rolled_back(db, subscribe):
    got = subscribe()
    make(1)
    with transaction.atomic():
        make(2)
        drain()
        transaction.set_rollback(True)
    assert got.batches == [[("INSERT", 1), ("INSERT", 2)]]
    # What was delivered in the savepoint, and done by it, is undone.
    drain()
    assert got.batches[1:] == [[("INSERT", 1)]]
    with transaction.atomic():
        make(3)
    assert drain() == {"test": 1}


def test_nothing_is_left_of_a_transaction(db, subscribe):
    subscribe()
    make(1)
    drain()
    assert rows("SELECT * FROM trigger_audit_feed_cursor") == []
    assert rows("SELECT * FROM trigger_audit_feed_mark") == []


@transactional
def test_other_transactions_are_none_of_the_test_s(subscribe, session):
    got = subscribe(Publisher)
    session.execute("INSERT INTO library_publisher (id, name) VALUES (-1, 'before')")
    with transaction.atomic():
        assert uncommitted.deliver(connections["default"], feed.get("test")) == 0
        Publisher.objects.create(pk=-2, name="here")
        session.execute("INSERT INTO library_publisher (id, name) VALUES (-3, 'meanwhile')")
        assert uncommitted.deliver(connections["default"], feed.get("test")) == 1
    assert got.changes == [("INSERT", -2)]


@transactional
def test_what_other_sessions_commit(subscribe, session):
    got = subscribe()
    session.execute("INSERT INTO library_book (id, title, price) VALUES (1, '', 0)")
    assert drain() == {"test": 1}
    assert got.changes == [("INSERT", 1)]


@transactional
def test_a_transaction_within_the_test_is_refused(subscribe):
    subscribe()
    make(1)
    with transaction.atomic():
        make(2)
        with pytest.raises(DrainInTransaction, match=r"\(test\)$"):
            drain()
    assert drain() == {"test": 2}


@transactional
def test_after_the_feed_and_its_failures(subscribe):
    got = subscribe(start="latest", backoff=3600)
    feed.run_once("test")
    make(1)
    got.failing[1] = ValueError("once")
    assert [feed.run_once("test").outcome for _ in range(2)] == ["failed", "waiting"]
    got.failing.clear()
    assert drain() == {"test": 1}
    make(2)
    feed.run_once("test")
    assert drain() == {}


@transactional
def test_a_backfill_for_those_who_test_it(subscribe):
    got = subscribe()
    make(1, 2)
    feed.reset("test", "backfill")
    Book.objects.filter(pk=1).delete()
    assert drain() == {"test": 1}
    assert got.changes == [("SNAPSHOT", 2)]


@transactional
def test_while_a_worker_is_at_it(subscribe):
    entered, may_go_on = threading.Event(), threading.Event()
    got = Recorder()

    def handler(batch):
        entered.set()
        may_go_on.wait(30)
        got(batch)

    def work():
        feed.run_once("test")
        connections.close_all()

    subscribe(handler=handler, batch_size=1)
    make(1, 2)
    worker = threading.Thread(target=work)
    worker.start()
    assert entered.wait(30)
    threading.Timer(0.1, may_go_on.set).start()
    assert drain() == {"test": 1}
    worker.join()
    assert got.changes == [("INSERT", 1), ("INSERT", 2)]


@transactional
def test_a_paused_subscription_stays_so(subscribe):
    got = subscribe()
    drain()
    feed.pause("test")
    make(1)
    assert drain() == {}
    feed.resume("test")
    assert drain() == {"test": 1}
    assert got.changes == [("INSERT", 1)]


@pytest.mark.django_db(databases=["default", "other"])
def test_several_databases(subscribe):
    here, there = subscribe(name="here"), subscribe(name="there", using="other")
    make(1)
    Book.objects.using("other").create(pk=2, title="", price=0)
    assert drain(using="other") == {"there": 1}
    assert drain() == {"here": 1}
    assert (here.changes, there.changes) == ([("INSERT", 1)], [("INSERT", 2)])
    assert drain("here", using="other") == {"here": 1}
    assert here.changes[1:] == [("INSERT", 2)]


@pytest.mark.django_db(databases=["default"])
def test_databases_that_the_test_may_not_use_are_left_out(subscribe):
    subscribe(name="here")
    subscribe(name="there", using="other")
    make(1)
    assert drain() == {"here": 1}
    with pytest.raises(AssertionError, match="not allowed"):
        drain("there")
