"""Rows that fail now and then, retried while writers write and workers deliver."""

import random
import threading
import time
from contextlib import contextmanager

import pytest
from django.db import connection

from tests.example.models import Book
from tests.feed.conftest import rows
from tests.feed.writers import BOOKS, writing
from trigger_audit import feed

pytestmark = pytest.mark.django_db(transaction=True)
SHARDS = 3


@pytest.fixture
def delivered(transactional_db):
    """The table that is delivered to."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE delivered (position bigserial, event_id bigint, key bigint,"
            " old numeric, new numeric)"
        )
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE delivered")


class Loop(threading.Thread):
    """Does something again and again, until it is over."""

    def __init__(self, action, is_over):
        super().__init__()
        self.action = action
        self.is_over = is_over
        self.error = None

    def run(self):
        try:
            while not self.is_over.is_set():
                self.action()
        except BaseException as error:  # noqa: BLE001 - told to the test
            self.error = error
        finally:
            connection.close()


@contextmanager
def looping(*actions):
    is_over = threading.Event()
    loops = [Loop(action, is_over) for action in actions]
    for loop in loops:
        loop.start()
    try:
        yield
    finally:
        is_over.set()
        for loop in loops:
            loop.join()
    assert [loop.error for loop in loops] == [None] * len(loops)


def test_every_change_once_and_each_row_in_order(subscribe, session, delivered):
    failing, chance, was_parked = set(range(1, BOOKS, 2)), random.Random(1), []

    def record(batch):
        with connection.cursor() as cursor:
            for change in batch:
                if change.key in failing:
                    raise ValueError
                prices = [None if row is None else row["price"] for row in (change.old, change.new)]
                cursor.execute(
                    "INSERT INTO delivered (event_id, key, old, new) VALUES (%s, %s, %s, %s)",
                    [change.event.id, change.key, *prices],
                )

    def work():
        for shard in range(SHARDS):
            feed.run_once("test", shard)

    def retry():
        was_parked.append(feed.retry("test").parked)
        time.sleep(0.02)

    def break_or_mend():
        failing.symmetric_difference_update({chance.randint(1, BOOKS)})
        time.sleep(0.02)

    options = {"shards": SHARDS, "batch_size": 5, "attempts": 1, "backoff": 0}
    subscribe(Book, handler=record, **options)
    with looping(work, work, retry, retry, break_or_mend), writing(session.info.dbname, 4, 30):
        pass
    failing.clear()
    while feed.retry("test") != (0, 0) or any(
        feed.run_once("test", shard).outcome != "idle" for shard in range(SHARDS)
    ):
        pass
    events = rows("SELECT id FROM trigger_audit_event ORDER BY id")
    assert rows("SELECT event_id FROM delivered ORDER BY event_id") == events
    last = {}
    for key, old, new in rows("SELECT key, old, new FROM delivered ORDER BY position"):
        assert old == last.get(key)
        last[key] = new
    assert max(was_parked) > 0
