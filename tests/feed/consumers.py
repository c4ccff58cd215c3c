"""Consumers in processes of their own, some of which are killed again and again.

``python -m tests.feed.consumers WORKERS SECONDS BATCH SHARDS``: so many processes deliver to the
table ``delivered``; every so many seconds one of them is killed and another begins. When the
standard input ends they go on until nothing is left, and end.
"""

import os
import random
import select
import signal
import sys
import time
import traceback

import django
from django.conf import settings
from django.db import connection

NAME = "stress"
LEAST_KILLS = 4
INSERT = """
    INSERT INTO delivered (event_id, lane, object_id, op, old, new)
    VALUES (%s, %s, %s, %s, %s, %s)
"""


def record(batch):
    """Write down what is delivered, in the transaction of the feed."""
    with connection.cursor() as cursor:
        for change in batch:
            prices = [None if row is None else row["price"] for row in (change.old, change.new)]
            cursor.execute(
                INSERT, [change.event.id, batch.shard, change.key, change.operation, *prices]
            )


def declared(batch_size, shards):
    from tests.example.models import Book
    from trigger_audit.subscription import Subscription

    return Subscription(
        name=NAME,
        handler=record,
        models=(Book,),
        start="earliest",
        batch_size=batch_size,
        shards=shards,
        attempts=10_000,
        backoff=0.001,
    )


def consume(subscription, is_last_round):
    """Deliver, lane by lane, until there is nothing more after the last round began."""
    from trigger_audit.feed import run_once

    while True:
        last_round = is_last_round()
        polls = [run_once(subscription, shard) for shard in range(subscription.shards)]
        outcomes = {poll.outcome for poll in polls}
        if outcomes - {"delivered", "closed", "idle", "busy", "waiting"}:
            raise AssertionError(polls)
        if last_round and outcomes == {"idle"}:
            return
        if "delivered" not in outcomes:
            time.sleep(0.005)


def ended(seconds):
    """Whether the standard input ends within so many seconds."""
    return bool(select.select([sys.stdin], [], [], seconds)[0])


def main(workers, kill_every, batch_size, shards):
    subscription = declared(batch_size, shards)
    kills = 0
    reader, writer = os.pipe()

    def is_last_round():
        # The other end is closed.
        return bool(select.select([reader], [], [], 0)[0])

    def start():
        child = os.fork()
        if child:
            return child
        os.close(writer)
        code = 1
        try:
            consume(subscription, is_last_round)
            code = 0
        except BaseException:  # noqa: BLE001 - told by the code
            traceback.print_exc()
        finally:
            os._exit(code)

    children = [start() for _ in range(workers)]
    print("ready", flush=True)
    while not ended(kill_every or None) or (kill_every and kills < LEAST_KILLS):
        victim = random.randrange(workers)
        os.kill(children[victim], signal.SIGKILL)
        os.waitpid(children[victim], 0)
        children[victim] = start()
        kills += 1
    os.close(writer)
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    print(kills)
    return max(codes)


if __name__ == "__main__":
    django.setup()
    assert settings.DATABASES
    workers, kill_every, batch_size, shards = sys.argv[1:]
    sys.exit(main(int(workers), float(kill_every), int(batch_size), int(shards)))
