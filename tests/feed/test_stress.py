"""Eight writers against consumers that are killed: every change once, those of a row in order."""

import os
import subprocess
import sys
import threading
import time

import psycopg
import pytest
from django.db import connection

from tests.feed.consumers import LEAST_KILLS, NAME
from tests.feed.writers import dsn, writing

pytestmark = pytest.mark.django_db(transaction=True)
WRITERS = 8


@pytest.fixture
def delivered(transactional_db):
    """The table that the consumers deliver to."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE delivered (position bigserial, event_id bigint, lane integer,"
            " object_id text, op text, old numeric, new numeric)"
        )
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE delivered")


@pytest.fixture
def consumers(delivered):
    """Starts consumers; stopping them returns how many were killed."""
    environment = {
        **os.environ,
        "TRIGGER_AUDIT_WORKER_DATABASE": connection.settings_dict["NAME"],
        "DJANGO_SETTINGS_MODULE": "tests.context.worker_settings",
    }
    started = []

    def start(workers, kill_every, batch_size, shards):
        arguments = [str(each) for each in (workers, kill_every, batch_size, shards)]
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.feed.consumers", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )
        started.append(process)
        assert process.stdout.readline() == "ready\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def query(statement, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
        return cursor.fetchall()


def broken_chains(rows):
    """Where a row's changes do not continue each other."""
    last = {}
    broken = []
    for object_id, op, old, new in rows:
        if old != last.get(object_id):
            broken.append((object_id, op, old, last.get(object_id)))
        last[object_id] = new
    return broken


class NaiveReader(threading.Thread):
    """Reads on from the last id that it saw, which looks right."""

    def __init__(self):
        super().__init__()
        self.seen = []
        self.database = connection.settings_dict["NAME"]
        self.is_over = threading.Event()

    def run(self):
        last = 0
        with psycopg.connect(dsn(self.database), autocommit=True) as session:
            while True:
                was_over = self.is_over.is_set()
                rows = session.execute(
                    "SELECT id FROM trigger_audit_event WHERE id > %s ORDER BY id", [last]
                ).fetchall()
                self.seen.extend(row[0] for row in rows)
                if rows:
                    last = self.seen[-1]
                elif was_over:
                    return
                time.sleep(0.001)


@pytest.mark.parametrize(
    ("batch_size", "shards", "workers", "kill_every", "transactions"),
    [
        (1, 1, 2, 0, 15),
        (7, 1, 3, 0.15, 50),
        (500, 1, 2, 0.15, 50),
        (7, 4, 3, 0.2, 50),
        (500, 4, 5, 0, 50),
    ],
)
def test_every_change_once_and_each_row_in_order(
    consumers, batch_size, shards, workers, kill_every, transactions
):
    naive = NaiveReader()
    naive.start()
    process = consumers(workers, kill_every, batch_size, shards)
    with writing(connection.settings_dict["NAME"], WRITERS, transactions):
        pass
    naive.is_over.set()
    naive.join()
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    assert (int(output) >= LEAST_KILLS) is bool(kill_every)

    written = [each for (each,) in query("SELECT id FROM trigger_audit_event ORDER BY id")]
    got = query("SELECT event_id FROM delivered ORDER BY event_id")
    assert [each for (each,) in got] == written
    rows = query("SELECT object_id, op, old, new FROM delivered ORDER BY position")
    assert broken_chains(rows) == []
    lanes = query("SELECT count(DISTINCT lane) FROM delivered")
    assert lanes == [(shards,)]
    # The writers were such that the same events, read in the obvious way, are not all seen.
    assert set(naive.seen) < set(written)
    assert query("SELECT count(*) FROM trigger_audit_feed_parked") == [(0,)]
    assert query("SELECT DISTINCT subscription FROM trigger_audit_feed_cursor") == [(NAME,)]
