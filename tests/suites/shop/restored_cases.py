"""Tests of the shop that rely on what its migrations wrote, as a project writes them."""

from django.test import TransactionTestCase

from tests.suites.shop.events import names
from tests.suites.shop.models import Product


class Restored(TransactionTestCase):
    """Django writes the migrations' rows again before each test, which is a write like others."""

    serialized_rollback = True

    def test_once(self):
        self.assert_restored()

    def test_twice(self):
        self.assert_restored()

    def assert_restored(self):
        assert names() == [("INSERT", "by a migration")]
        Product.objects.create(name="lamp")
        assert names() == [("INSERT", "by a migration"), ("INSERT", "lamp")]


class RestoredAsWell(Restored):
    """In parallel, this one runs beside the other."""
