"""What a write brings about elsewhere is recorded as if it had been written there."""

from decimal import Decimal

import pytest

from tests.capture.events import deleted, execute, recorded, updated
from tests.captured.models import Category, Customer, Order

pytestmark = pytest.mark.django_db


@pytest.fixture
def references():
    """Let the database itself, as Django 6.1's DB_CASCADE does, keep a column's references."""

    def add(table, column, target, action):
        execute(
            f"ALTER TABLE {table} ADD CONSTRAINT kept FOREIGN KEY ({column})"
            f" REFERENCES {target} {action}"
        )

    return add


@pytest.fixture
def orders():
    """Two orders of one customer."""
    customer = Customer.objects.create(pk=1, name="Ann")
    return [Order.objects.create(pk=pk, customer=customer, total=pk) for pk in (10, 11)]


@pytest.fixture
def tree():
    """A root, a branch and two leaves."""
    return Category.objects.bulk_create(
        Category(code=code, parent_id=parent)
        for code, parent in [("root", None), ("branch", "root"), ("a", "branch"), ("b", "branch")]
    )


ANN = {"id": 1, "name": "Ann", "email": None}


def order(pk, customer_id=1):
    return {"id": pk, "customer_id": customer_id, "total": Decimal(f"{pk}.00")}


def category(code, parent_id):
    return {"code": code, "parent_id": parent_id}


def test_cascade_by_django(orders):
    with recorded() as events:
        Customer.objects.get().delete()
    assert events[2:] == [deleted("captured_customer", "1", ANN)]
    assert sorted(events[:2]) == [
        deleted("captured_order", "10", order(10)),
        deleted("captured_order", "11", order(11)),
    ]


@pytest.mark.proof
def test_cascade_by_the_database(references, orders):
    references("captured_order", "customer_id", "captured_customer", "ON DELETE CASCADE")
    with recorded() as events:
        execute("DELETE FROM captured_customer")
    assert events[:1] + sorted(events[1:]) == [
        deleted("captured_customer", "1", ANN),
        deleted("captured_order", "10", order(10)),
        deleted("captured_order", "11", order(11)),
    ]


def test_set_null_by_the_database(references, orders):
    references("captured_order", "customer_id", "captured_customer", "ON DELETE SET NULL")
    with recorded() as events:
        execute("DELETE FROM captured_customer")
    assert events[:1] + sorted(events[1:]) == [
        deleted("captured_customer", "1", ANN),
        updated("captured_order", "10", order(10), order(10, None)),
        updated("captured_order", "11", order(11), order(11, None)),
    ]


def test_new_key_by_the_database(references, orders):
    references("captured_order", "customer_id", "captured_customer", "ON UPDATE CASCADE")
    with recorded() as events:
        execute("UPDATE captured_customer SET id = 2")
    assert events[:1] + sorted(events[1:]) == [
        updated("captured_customer", "1", ANN, {**ANN, "id": 2}),
        updated("captured_order", "10", order(10), order(10, 2)),
        updated("captured_order", "11", order(11), order(11, 2)),
    ]


def test_tree_deleted_by_django(tree):
    with recorded() as events:
        Category.objects.get(code="branch").delete()
    assert sorted(events) == [
        deleted("captured_category", "a", category("a", "branch")),
        deleted("captured_category", "b", category("b", "branch")),
        deleted("captured_category", "branch", category("branch", "root")),
    ]


def test_tree_deleted_by_the_database(references, tree):
    references("captured_category", "parent_id", "captured_category", "ON DELETE CASCADE")
    with recorded() as events:
        execute("DELETE FROM captured_category WHERE code = 'root'")
    assert events[:2] + sorted(events[2:]) == [
        deleted("captured_category", "root", category("root", None)),
        deleted("captured_category", "branch", category("branch", "root")),
        deleted("captured_category", "a", category("a", "branch")),
        deleted("captured_category", "b", category("b", "branch")),
    ]


def test_tree_whose_keys_follow_their_parents(references, tree):
    references("captured_category", "parent_id", "captured_category", "ON UPDATE CASCADE")
    with recorded() as events:
        execute("UPDATE captured_category SET code = 'trunk' WHERE code = 'root'")
    assert events == [
        updated("captured_category", "root", category("root", None), category("trunk", None)),
        updated(
            "captured_category", "branch", category("branch", "root"), category("branch", "trunk")
        ),
    ]


def test_key_that_follows_itself(references):
    Category.objects.create(code="self", parent_id="self")
    references("captured_category", "parent_id", "captured_category", "ON UPDATE CASCADE")
    with recorded() as events:
        execute("UPDATE captured_category SET code = 'same'")
    assert events == [
        updated("captured_category", "self", category("self", "self"), category("same", "self")),
        updated("captured_category", "same", category("same", "self"), category("same", "same")),
    ]
