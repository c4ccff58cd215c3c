"""Tests of the shop, as a project writes them for Django's own runner.

Each class runs the same two tests: what the first leaves behind, the second would find.
"""

from urllib.request import urlopen

from django.db import connection
from django.test import LiveServerTestCase, TestCase, TransactionTestCase

from tests.suites.shop.events import names, tables
from tests.suites.shop.models import Label, Product
from trigger_audit.testing import capture_events, drain


class Sells:
    """The two tests, which find the migrations' product with its event, or neither."""

    @property
    def at_start(self):
        return [("INSERT", "by a migration")] if Product.objects.exists() else []

    def test_once(self):
        self.sell()

    def test_twice(self):
        self.sell()

    def sell(self):
        at_start = self.at_start
        assert names() == at_start
        with capture_events(Product) as captured:
            product = Product.objects.create(name="lamp")
            product.labels.add(Label.objects.create(name="new"))
            Product.objects.filter(name="lamp").update(name="torch")
            Product.objects.filter(name="torch").delete()
        events = [("INSERT", "lamp"), ("UPDATE", "torch"), ("DELETE", "torch")]
        assert names() == [*at_start, *events]
        assert [event.op for event in captured] == [op for op, _ in events]
        assert drain() == {"shop.count": 3 + (0 if connection.in_atomic_block else len(at_start))}
        assert tables() == {"shop_product", "shop_product_labels"}


class InTransaction(Sells, TestCase):
    """Rolled back after each test."""


class Emptied(Sells, TransactionTestCase):
    """Flushed after each test; the migrations' product is there until the first one has run."""


class NumberedAnew(Emptied):
    """Flushed after each test, and the keys begin at 1 again."""

    reset_sequences = True

    def sell(self):
        super().sell()
        with connection.cursor() as cursor:
            cursor.execute("SELECT last_value FROM shop_product_id_seq")
            assert cursor.fetchone() == (1,)


class OfOneApp(Emptied):
    """Flushed after each test, as far as the app goes."""

    available_apps = ["tests.suites.shop"]


class Served(Sells, LiveServerTestCase):
    """Another thread writes; flushed after each test."""

    def sell(self):
        at_start = self.at_start
        assert names() == at_start
        with urlopen(f"{self.live_server_url}/add/") as response:
            assert response.read() == b"added"
        assert names() == [*at_start, ("INSERT", "by the server")]
