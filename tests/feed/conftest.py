"""What the tests of the feed share."""

from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection

from tests.example.models import Book
from tests.feed.writers import dsn
from trigger_audit import feed, subscription


class Recorder:
    """A handler that keeps what it gets, and fails where it is told to."""

    def __init__(self):
        self.batches = []
        self.failing = {}

    def __call__(self, batch):
        for change in batch:
            if change.key in self.failing:
                raise self.failing[change.key]
        self.batches.append([(change.operation, change.key) for change in batch])

    @property
    def changes(self):
        """All, in the order of their delivery."""
        return [change for batch in self.batches for change in batch]


@pytest.fixture
def subscribe():
    """Subscribes a new recorder, or another handler, for one test."""
    before = feed.registered()
    subscription.subscriptions.clear()

    def subscribed(*models, handler=None, name="test", start="earliest", **options):
        handler = handler or Recorder()
        subscription.subscribe(*models or [Book], name=name, start=start, **options)(handler)
        return handler

    yield subscribed
    subscription.subscriptions[:] = before


@pytest.fixture(params=["in a transaction", "committed"])
def either(request):
    """A test in one transaction, as TestCase has it, and one whose writes are committed."""
    request.getfixturevalue("db" if request.param == "in a transaction" else "transactional_db")


@pytest.fixture
def session(transactional_db):
    """A session besides Django's, in which each statement commits by itself."""
    with other_session() as session:
        yield session


@contextmanager
def other_session():
    with psycopg.connect(dsn(connection.settings_dict["NAME"]), autocommit=True) as session:
        yield session


def drain(name="test", shard=0):
    """Poll until nothing is left; the outcomes, less the last."""
    outcomes = []
    while (poll := feed.run_once(name, shard)).goes_on:
        outcomes.append(poll.outcome)
        assert len(outcomes) < 1000
    return outcomes


def make(*keys):
    """Make books of such keys."""
    for key in keys:
        Book.objects.create(pk=key, title=str(key), price=0)


def rows(statement, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
        return cursor.fetchall()
