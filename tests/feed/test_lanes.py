"""Lanes side by side: what concerns rows of several comes in its place in each of them."""

import random

import pytest

from tests.example.models import Book
from tests.feed.conftest import other_session, rows
from tests.feed.test_backfill import Mirror, books, insert
from trigger_audit import feed

pytestmark = pytest.mark.django_db(transaction=True)

LANES = 2
DELETE = "DELETE FROM library_book WHERE id = %s"
MOVE = "UPDATE library_book SET id = %s WHERE id = %s"
MOVE_IF_FREE = f"{MOVE} AND NOT EXISTS (SELECT FROM library_book WHERE id = %s)"
INSERT = """
    INSERT INTO library_book (id, title, price) VALUES (%s, '', 0) ON CONFLICT DO NOTHING
"""
AGES_AHEAD = 2**40
KEYS = """
    SELECT key
    FROM generate_series(1, 60) AS key
    WHERE trigger_audit_feed_shard(key::text, %s) = %s
    ORDER BY key
"""


@pytest.fixture
def keys(transactional_db):
    """The first keys of each lane."""
    return [[key for (key,) in rows(KEYS, LANES, lane)] for lane in range(LANES)]


def poll_all():
    """Poll the lanes in turn until none has anything left."""
    outcomes = set()
    for _ in range(200):
        if outcomes == {"idle"}:
            return
        outcomes = {feed.run_once("test", lane).outcome for lane in range(LANES)}
    raise AssertionError(outcomes)


def restored(session, op, key, image):
    """An event of a transaction with a number that this cluster has not come to."""
    session.execute(
        "INSERT INTO trigger_audit_event"
        " (at, txid, op, table_schema, table_name, object_id, new, db_user)"
        " VALUES (now(), %s::text::xid8, %s, 'public', 'library_book', %s, %s, 'postgres')",
        [AGES_AHEAD, op, key, image],
    )


def test_what_one_transaction_did_to_a_row_while_a_lane_waits(subscribe, session, keys):
    """Its last change comes to the lane that waits in a window which ends before that commit."""
    first, second = keys
    got = subscribe(Book, shards=LANES)
    insert(session, first[0], first[1], second[0])
    poll_all()
    with other_session() as slow:
        slow.execute("BEGIN")
        slow.execute(DELETE, [second[0]])
        slow.execute(MOVE, [second[0], first[0]])
        session.execute(MOVE, [second[1], first[1]])
        assert feed.run_once("test", 1).outcome == "waiting"
        slow.execute("COMMIT")
    poll_all()
    of_row = [change for change in got.changes if change[1] == second[0]]
    assert of_row == [("INSERT", second[0]), ("DELETE", second[0]), ("UPDATE", second[0])]


def test_what_came_with_a_dump_and_concerns_all_lanes(subscribe, session, keys):
    got = subscribe(Book, shards=LANES)
    restored(session, "INSERT", str(keys[1][0]), f'{{"id": {keys[1][0]}}}')
    restored(session, "TRUNCATE", None, None)
    restored(session, "INSERT", str(keys[0][0]), f'{{"id": {keys[0][0]}}}')
    insert(session, keys[1][1])
    poll_all()
    assert sorted(got.changes[2:]) == sorted([("INSERT", keys[0][0]), ("INSERT", keys[1][1])])
    assert got.changes[:2] == [("INSERT", keys[1][0]), ("TRUNCATE", None)]


# With these two rows that change lanes, and one that all lanes wait for, came out wrong.
@pytest.mark.parametrize("seed", [8, 10])
def test_a_backfill_of_rows_that_change_lanes(subscribe, session, seed):
    mirror, story = Mirror(), random.Random(seed)
    subscribe(Book, handler=mirror, start="backfill", shards=LANES, batch_size=2)
    insert(session, *range(1, 21))
    for _ in range(40):
        kind, key, other = story.random(), story.randint(1, 30), story.randint(1, 30)
        if kind >= 0.5:
            feed.run_once("test", story.choice([0, 0, 1]))
        elif kind < 0.03:
            session.execute("TRUNCATE library_book CASCADE")
        elif kind < 0.15:
            session.execute(INSERT, [key])
        elif kind < 0.3:
            session.execute(MOVE_IF_FREE, [key, other, key])
        elif kind < 0.4:
            session.execute(DELETE, [key])
        else:
            session.execute("UPDATE library_book SET price = price + 1 WHERE id = %s", [key])
    poll_all()
    assert mirror.rows == books()


def test_after_a_backfill_lanes_go_on_where_it_ended(subscribe, session, keys):
    mirror, lanes = Mirror(), {}

    def handler(batch):
        mirror(batch)
        for change in batch:
            lanes.setdefault(change.key, set()).add(batch.shard)

    subscribe(Book, handler=handler, start="backfill", shards=LANES, batch_size=3)
    insert(session, *range(1, 11))
    poll_all()
    session.execute("UPDATE library_book SET price = 5")
    poll_all()
    assert (mirror.rows, mirror.misfits) == (books(), [])
    assert lanes == {key: {lane} for lane in range(LANES) for key in keys[lane] if key < 11}


def test_a_retry_drains_rows_that_change_lanes(subscribe, session, keys):
    got = subscribe(Book, shards=LANES, attempts=1, backoff=0)
    there, here = keys[1][0], keys[0][0]
    got.failing = {there: ValueError("not this one")}
    insert(session, there)
    session.execute(MOVE, [here, there])
    session.execute("UPDATE library_book SET price = 1")
    poll_all()
    assert got.changes == []
    got.failing = {}
    assert feed.retry("test") == (3, 0)
    assert got.changes == [("INSERT", there), ("UPDATE", here), ("UPDATE", here)]
