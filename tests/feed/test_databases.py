"""A subscription follows, and keeps its position in, the database that it names."""

import pytest
from django.db import connections

from tests.example.models import Book
from trigger_audit import feed

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "other"])


def drain():
    while feed.run_once("test").goes_on:
        pass


def test_another_database(subscribe):
    found = []
    subscribe(Book, handler=found.append, using="other", start="backfill")
    Book.objects.create(title="of the default", price=1)
    book = Book.objects.using("other").create(title="of the other", price=1)
    drain()
    Book.objects.using("other").update(price=2)
    drain()
    changes = [(batch.using, change) for batch in found for change in batch]
    assert [
        (using, change.operation, change.key, change.instance(), change.instance()._state.db)
        for using, change in changes
    ] == [
        ("other", "SNAPSHOT", book.pk, book, "other"),
        ("other", "UPDATE", book.pk, book, "other"),
    ]
    _, (_, updated) = changes
    assert updated.event.pk == newest_event("other")


def newest_event(alias):
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT max(id) FROM trigger_audit_event")
        return cursor.fetchone()[0]


def test_everything_that_an_operator_does_is_done_there(subscribe):
    subscribe(Book, handler=lambda batch: 1 / 0, using="other", attempts=1, backoff=0)
    Book.objects.using("other").create(title="a", price=1)
    drain()
    assert [lane.parked for lane in feed.status(using="other")] == [1]
    assert len(feed.failures("test", using="other")) == 1
    assert feed.retry("test") == (0, 1)
    assert feed.skip("test") == (0, 0)
    feed.pause("test")
    assert [lane.state for lane in feed.status(using="other")] == ["paused"]
    feed.resume("test")
    feed.rebase("test")
    feed.accept_loss("test")
    feed.reset("test", "latest")
    assert [lane.state for lane in feed.status(using="other")] == ["running"]
    feed.forget("test")
    assert [lane.state for lane in feed.status(using="other")] == ["new"]
    assert feed.status() == []
