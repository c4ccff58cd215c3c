"""Random writes, failures and polls: in the end every change came once, each after those before."""

import random

import pytest

from tests.example.models import Book
from tests.feed.conftest import rows
from trigger_audit import feed

pytestmark = pytest.mark.django_db(transaction=True)

INSERT = "INSERT INTO library_book (id, title, price) VALUES (%(id)s, '', 0) ON CONFLICT DO NOTHING"
UPDATE = "UPDATE library_book SET price = price + 1 WHERE id = %(id)s"
DELETE = "DELETE FROM library_book WHERE id = %(id)s"
MOVE = """
    UPDATE library_book SET id = 7 - id
    WHERE
        id IN (%(id)s, 7 - %(id)s)
        AND (SELECT count(*) FROM library_book WHERE id IN (%(id)s, 7 - %(id)s)) = 1
"""
WRITES = [*[INSERT] * 4, *[UPDATE] * 3, DELETE, MOVE]
EVENTS = """
    SELECT id, object_id, coalesce(new ->> 'id', object_id)
    FROM trigger_audit_event
    WHERE table_name = 'library_book'
    ORDER BY id
"""


class Story:
    """A handler that cannot take some rows, for some time."""

    def __init__(self, session, seed):
        self.session = session
        self.random = random.Random(seed)
        self.delivered = []
        self.failing = set()

    def __call__(self, batch):
        if any({change.key, change.old_key} & self.failing for change in batch):
            raise ValueError
        self.delivered.extend(change.row.id for change in batch)

    def go_on(self, shards):
        kind = self.random.random()
        if kind < 0.02:
            self.session.execute("TRUNCATE library_book CASCADE")
        elif kind < 0.75:
            key = self.random.randint(1, 6)
            self.session.execute(self.random.choice(WRITES), {"id": key})
        elif kind < 0.8:
            self.failing ^= {self.random.randint(1, 6)}
        elif kind < 0.83:
            feed.retry("test")
        else:
            feed.run_once("test", self.random.randrange(shards))

    def end(self, shards):
        self.failing.clear()
        is_over = False
        while not is_over:
            is_over = feed.retry("test") == (0, 0)
            polls = [feed.run_once("test", shard) for shard in range(shards)]
            is_over = is_over and {poll.outcome for poll in polls} == {"idle"}


@pytest.mark.parametrize(("seed", "shards", "batch_size"), [(1, 1, 7), (3, 3, 4)])
def test_every_change_once_and_after_those_before(subscribe, session, seed, shards, batch_size):
    story = Story(session, seed)
    subscribe(Book, handler=story, shards=shards, batch_size=batch_size, attempts=1, backoff=0)
    for _ in range(120):
        story.go_on(shards)
    story.end(shards)
    events = rows(EVENTS)
    assert sorted(story.delivered) == [number for number, *_ in events]
    assert early(events, story.delivered) == []


def early(events, delivered):
    """The changes that came before others of the same row, which may be of the whole table."""
    place = {number: position for position, number in enumerate(delivered)}
    found, last, emptied = [], {}, None
    for number, *keys in events:
        before = last.values() if keys[0] is None else [last.get(key, emptied) for key in keys]
        found += [(number, each) for each in before if each and place[each] > place[number]]
        if keys[0] is None:
            last, emptied = {}, number
        else:
            last.update(dict.fromkeys(keys, number))
    return found
