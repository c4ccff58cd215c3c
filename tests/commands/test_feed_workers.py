"""``manage.py audit feed`` while a worker is in the middle of a batch."""

import threading
import time
from contextlib import contextmanager

import pytest
from django.db import connection

from tests.commands.library import lines
from tests.example.models import Book
from tests.feed.conftest import Recorder, drain, rows
from trigger_audit import feed

pytestmark = pytest.mark.django_db(transaction=True)


def insert(session, *keys):
    for key in keys:
        session.execute("INSERT INTO library_book (id, title, price) VALUES (%s, '', 0)", [key])


class Slow(Recorder):
    """A handler that is at work until it may end."""

    def __init__(self):
        super().__init__()
        self.is_at_work = threading.Event()
        self.may_end = threading.Event()

    def __call__(self, batch):
        self.is_at_work.set()
        assert self.may_end.wait(30)
        super().__call__(batch)


@contextmanager
def at_work(slow):
    """A worker in a thread, in the middle of a batch."""
    worker = in_a_thread(feed.run_once, "test")
    assert slow.is_at_work.wait(30)
    yield
    slow.may_end.set()
    worker.join()


def in_a_thread(function, *arguments):
    def run():
        try:
            function(*arguments)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_pause_while_a_worker_delivers(subscribe, session):
    slow = subscribe(Book, handler=Slow())
    insert(session, 1)
    with at_work(slow):
        assert lines("feed", "pause", "test") == ["test is paused."]
        insert(session, 2)
    assert slow.changes == [("INSERT", 1)]
    assert feed.run_once("test").outcome == "paused"
    lines("feed", "resume", "test")
    drain()
    assert slow.changes == [("INSERT", 1), ("INSERT", 2)]


def test_reset_waits_for_the_worker_that_delivers(subscribe, session):
    slow = subscribe(Book, handler=Slow())
    insert(session, 1)
    with at_work(slow):
        reset = in_a_thread(lines, "feed", "reset", "test", "--no-input")
        while not waiting_for_a_lease():
            time.sleep(0.01)
    reset.join()
    assert slow.changes == [("INSERT", 1)]
    drain()
    assert slow.changes == [("INSERT", 1)] * 2


def test_retry_while_a_worker_delivers(subscribe, session):
    slow = subscribe(Book, handler=Slow(), attempts=1, backoff=0)
    slow.may_end.set()
    slow.failing = {2: ValueError("not this one")}
    insert(session, 2)
    drain()
    slow.failing = {}
    slow.may_end.clear()
    slow.is_at_work.clear()
    insert(session, 3)
    with at_work(slow):
        retry = in_a_thread(lines, "feed", "retry", "test")
        while not waiting_for_a_lease():
            time.sleep(0.01)
    retry.join()
    assert slow.changes == [("INSERT", 3), ("INSERT", 2)]
    assert rows("SELECT FROM trigger_audit_feed_parked") == []


def waiting_for_a_lease():
    return rows("SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
