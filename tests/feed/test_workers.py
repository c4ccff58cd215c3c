"""Handlers that hang, or end their process, beside workers that do not."""

import os
import threading

import pytest
from django.db import connection

from tests.example.models import Book, Publisher
from tests.feed.conftest import Recorder, drain, rows
from tests.feed.test_failures import in_a_process
from trigger_audit import feed

pytestmark = pytest.mark.django_db(transaction=True)


def insert(session, *keys):
    for key in keys:
        session.execute("INSERT INTO library_book (id, title, price) VALUES (%s, '', 0)", [key])


def test_a_handler_that_hangs_holds_its_lane_alone_until_its_session_ends(subscribe, session):
    hangs, goes_on = threading.Event(), threading.Event()
    pids = []

    def copy(batch):
        for change in batch:
            Publisher.objects.create(name=str(change.key))
        if threading.current_thread() is not threading.main_thread():
            pids.extend(rows("SELECT pg_backend_pid()"))
            hangs.set()
            assert goes_on.wait(30)

    def work():
        feed.run_once("test", 0)
        connection.close()

    subscribe(Book, handler=copy, shards=2, backoff=0)
    insert(session, *range(1, 9))
    worker = threading.Thread(target=work)
    worker.start()
    assert hangs.wait(30)
    assert feed.run_once("test", 0).outcome == "busy"
    drain(shard=1)
    assert 0 < Publisher.objects.count() < 8
    ((pid,),) = pids
    assert {lane.shard: lane.pid for lane in feed.status()} == {0: pid, 1: None}
    session.execute("SELECT pg_terminate_backend(%s, 30000)", [pid])
    # Another takes over at once, and what the first had done is undone.
    drain(shard=0)
    goes_on.set()
    worker.join()
    drain(shard=0)
    names = Publisher.objects.values_list("name", flat=True).order_by("name")
    assert list(names) == [*"12345678"]


@pytest.fixture
def delivered(tmp_path):
    """A store elsewhere: what is written to it stays, whatever becomes of the process."""
    file = tmp_path / "delivered"
    file.touch()

    class Store:
        def take(self, batch):
            with file.open("a") as store:
                store.writelines(f"{change.idempotency_key}\n" for change in batch)

        @property
        def keys(self):
            return file.read_text().split()

    return Store()


@pytest.mark.parametrize("atomic", [True, False])
def test_what_is_delivered_again_elsewhere_has_the_same_keys(subscribe, session, delivered, atomic):
    def take(batch):
        delivered.take(batch)
        if len(delivered.keys) < 5:
            os._exit(9)

    subscribe(Book, handler=take, backoff=0, atomic=atomic)
    insert(session, 1, 2)
    assert [in_a_process(drain) for _ in range(3)] == [9, 9, 0]
    ids = rows("SELECT id FROM trigger_audit_event ORDER BY id")
    assert delivered.keys == [f"test:1:{number}" for (number,) in ids] * 3
    assert drain() == []


@pytest.mark.parametrize("atomic", [True, False])
def test_a_retry_that_ends_its_process_is_counted(subscribe, session, atomic):
    got = Recorder()

    def take(batch):
        if got.failing.get(1) is os._exit:
            os._exit(9)
        got(batch)

    subscribe(Book, handler=take, attempts=1, backoff=0, atomic=atomic)
    got.failing = {1: ValueError("not this one")}
    insert(session, 1)
    drain()
    feed.retry("test")

    def die():
        got.failing = {1: os._exit}
        feed.retry("test")

    assert in_a_process(die) == 9
    (failure,) = feed.failures("test")
    assert (failure.attempts, failure.error) == (3, "ValueError: not this one")
    got.failing = {}
    assert feed.retry("test") == (1, 0)
    assert got.changes == [("INSERT", 1)]


def test_a_handler_may_pause_its_own_subscription(subscribe, session):
    got = Recorder()

    def take_one(batch):
        got(batch)
        feed.pause("test")

    subscribe(Book, handler=take_one, batch_size=1)
    insert(session, 1, 2)
    assert drain() == ["delivered"]
    assert feed.run_once("test").outcome == "paused"
    assert got.changes == [("INSERT", 1)]
