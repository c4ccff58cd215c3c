"""Tests of the shop, as a project writes them for pytest-django."""

from urllib.request import urlopen

import pytest

from tests.suites.shop.events import names, tables
from tests.suites.shop.models import Product

TWICE = pytest.mark.parametrize("time", ["once", "twice"])
MIGRATED = [("INSERT", "by a migration")]


def sell():
    at_start = MIGRATED if Product.objects.exists() else []
    assert names() == at_start
    Product.objects.create(name="lamp").delete()
    assert names() == [*at_start, ("INSERT", "lamp"), ("DELETE", "lamp")]
    assert tables() == {"shop_product"}


@TWICE
def test_in_a_transaction(db, time):
    sell()


@TWICE
def test_restored(django_db_serialized_rollback, transactional_db, time):
    assert names() == MIGRATED
    sell()


@TWICE
def test_emptied(transactional_db, time):
    sell()


@TWICE
def test_numbered_anew(django_db_reset_sequences, time):
    sell()
    assert Product.objects.create(name="first").pk == 2


@TWICE
@pytest.mark.django_db(transaction=True, available_apps=["tests.suites.shop"])
def test_of_one_app(time):
    sell()


@TWICE
def test_served(live_server, time):
    at_start = MIGRATED if Product.objects.exists() else []
    assert names() == at_start
    with urlopen(f"{live_server.url}/add/") as response:
        assert response.read() == b"added"
    assert names() == [*at_start, ("INSERT", "by the server")]
