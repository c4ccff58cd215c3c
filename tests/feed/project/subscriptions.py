"""Writes down what is delivered; the title of a book says what happens then.

``TRIGGER_AUDIT_WORKER`` has the folder to find each other in, and the options of the
subscriptions.
"""

import json
import os
import signal
import time
from pathlib import Path

from django.db import connection

import trigger_audit

given = json.loads(os.environ["TRIGGER_AUDIT_WORKER"])
folder = Path(given["folder"])


INSERT = """
    INSERT INTO delivered (subscription, event_id, lane, pid, book, op)
    VALUES (%s, %s, %s, %s, %s, %s)
"""


def record(batch):
    with connection.cursor() as cursor:
        for change in batch:
            taken = [batch.subscription, change.event.id, batch.shard, os.getpid()]
            cursor.execute(INSERT, [*taken, change.key, change.operation])
            if change.new is not None:
                REACTIONS.get(change.new["title"], ignore)()


def ignore():
    pass


def hold():
    """Go on when the test wants it."""
    (folder / f"holds {os.getpid()}").touch()
    while not (folder / "go").exists():
        time.sleep(0.005)


def wait_in_the_driver():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(1)")


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def leave():
    os._exit(0)


REACTIONS = {"hold": hold, "wait": wait_in_the_driver, "die": die, "leave": leave}


for options in given["subscriptions"]:
    trigger_audit.subscribe("library.Book", start="earliest", **options)(record)
