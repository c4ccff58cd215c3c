"""drain() and capture_events() in Django's TestCase, with whatever that has to offer."""

from asgiref.sync import sync_to_async
from django.db import transaction
from django.test import TestCase

from tests.example.models import Book, Publisher
from tests.feed.conftest import Recorder, make
from trigger_audit import feed, subscription
from trigger_audit.testing import capture_events, drain


class DrainedTests(TestCase):
    """Both tests find what the class wrote, pending."""

    databases = {"default", "other"}

    @classmethod
    def setUpTestData(cls):
        make(1)

    def setUp(self):
        before = feed.registered()
        self.addCleanup(subscription.subscriptions.extend, before)
        subscription.subscriptions.clear()
        self.addCleanup(subscription.subscriptions.clear)
        self.got = Recorder()
        subscription.subscribe(Book, name="books")(self.got)

    def test_once(self):
        drain()
        assert self.got.changes == [("INSERT", 1)]

    def test_twice(self):
        drain()
        make(2)
        drain()
        assert self.got.batches, [[("INSERT", 1)] == [("INSERT", 2)]]

    def test_what_a_handler_leaves_for_the_commit(self):
        @subscription.subscribe(Book, name="publishers")
        def publish(batch):
            transaction.on_commit(lambda: Publisher.objects.create(name="on commit"))

        subscription.subscribe(Publisher, name="got")(self.got)
        with self.captureOnCommitCallbacks(execute=True):
            assert drain("publishers", "got") == {"publishers": 1}
        assert drain("publishers", "got") == {"got": 1}

    async def test_async(self):
        async with capture_events(Book) as events:
            await Book.objects.acreate(pk=3, title="c", price=0)
            await sync_to_async(drain)()
        assert [event.object_id for event in events] == ["3"]
        assert self.got.changes == [("INSERT", 1), ("INSERT", 3)]

    def test_with_the_queries_counted(self):
        with capture_events(Book) as events, self.assertNumQueries(1):
            Book.objects.update(price=1)
        assert [event.op for event in events] == ["UPDATE"]
