"""One event is taken back, and what was there before is there again."""

from decimal import Decimal

import pytest

import trigger_audit
from tests.awkward.models import Composite, OddColumns, PercentColumns, TextKey, UuidKey
from tests.capture.events import deleted, execute, inserted, query, recorded, updated
from tests.captured.models import Customer, Invoice, Order, Product, Seat
from tests.reading.tables import latest, rows_of
from trigger_audit.plan import Change

pytestmark = pytest.mark.django_db


def test_an_insert_is_deleted():
    pk = Customer.objects.create(name="Ann").pk
    event = latest()
    with recorded() as events:
        plan = event.revert()
    row = {"id": pk, "name": "Ann", "email": None}
    told = {"reverts": [event.id]}
    assert events == [deleted("captured_customer", str(pk), row, context=told)]
    assert list(plan) == [
        Change(
            "DELETE",
            "captured.Customer",
            "public",
            "captured_customer",
            str(pk),
            row,
            None,
            (event.id,),
        )
    ]


def test_a_delete_is_inserted_under_its_key():
    pk = Customer.objects.create(name="Ann é %s", email="{}").pk
    Customer.objects.all().delete()
    event, next_pk = latest(), query("SELECT last_value FROM captured_customer_id_seq")
    with recorded() as events:
        (change,) = event.revert()
    row = {"id": pk, "name": "Ann é %s", "email": "{}"}
    told = {"reverts": [event.id]}
    assert events == [inserted("captured_customer", str(pk), row, context=told)]
    assert (change.op, change.old, change.new) == ("INSERT", None, row)
    assert query("SELECT last_value FROM captured_customer_id_seq") == next_pk


def test_of_an_update_the_fields_that_it_changed_are_put_back():
    pk = Order.objects.create(total="1.50").pk
    Order.objects.update(total="2.50")
    event = latest()
    customer = Customer.objects.create(name="Ann").pk
    Order.objects.update(customer_id=customer)
    with recorded() as events:
        (change,) = event.revert()
    assert [event.op for event in events] == ["UPDATE"]
    assert (change.op, change.old, change.new) == (
        "UPDATE",
        {"total": Decimal("2.50")},
        {"total": Decimal("1.50")},
    )
    order = {"id": pk, "customer_id": customer, "total": Decimal("1.50")}
    assert Order.objects.values().get() == order


def test_images_of_changes_suffice():
    product = Product.objects.create(name="Pen", price="1.50", attributes={"a": [1, None, "1.50"]})
    Product.objects.update(price=None, attributes=None)
    event = latest()
    Product.objects.update(colour="red")
    with recorded() as events:
        event.revert()
    assert events == [
        updated(
            "captured_product",
            str(product.pk),
            {"price": None, "attributes": None},
            {"price": Decimal("1.50"), "attributes": {"a": [1, None, "1.50"]}},
            context={"reverts": [event.id]},
        )
    ]
    product.refresh_from_db()
    assert (product.colour, product.attributes) == ("red", {"a": [1, None, "1.50"]})


@pytest.mark.parametrize("key", [("a", 2), ('the "big" é', -1)])
def test_a_changed_key_is_changed_back(key):
    hall, number = key
    Seat.objects.create(hall=hall, number=number)
    Seat.objects.update(number=7)
    event = latest()
    Seat.objects.update(guest="Ann")
    event.revert()
    assert list(Seat.objects.values_list("hall", "number", "guest")) == [(hall, number, "Ann")]


def test_a_revert_can_be_reverted():
    Customer.objects.create(name="Ann", email="a")
    Customer.objects.update(email="b")
    changed = rows_of(["captured_customer"])
    latest().revert()
    latest().revert()
    assert rows_of(["captured_customer"]) == changed


def test_the_context_of_the_caller_is_kept():
    Customer.objects.create(name="Ann")
    event = latest()
    with trigger_audit.context(user=7, reason="mistake"):
        event.revert()
    assert latest().context == {"user": 7, "reason": "mistake", "reverts": [event.id]}


def test_a_dry_run_writes_nothing_and_tells_the_same():
    Customer.objects.create(name="Ann")
    event, rows = latest(), rows_of(["captured_customer"])
    with recorded() as events:
        planned = event.revert(dry_run=True)
    assert events == []
    assert rows_of(["captured_customer"]) == rows
    assert event.revert() == planned
    assert str(planned).splitlines()[0] == f"DELETE captured.Customer {event.object_id}"


def test_generated_columns_follow():
    Invoice.objects.create(net=100)
    Invoice.objects.update(net=200)
    latest().revert()
    assert Invoice.objects.values_list("net", "gross").get() == (100, 120)
    rows = rows_of(["captured_invoice"])
    Invoice.objects.all().delete()
    latest().revert()
    assert rows_of(["captured_invoice"]) == rows


def test_a_key_that_is_not_audited_is_that_of_the_event():
    created = UuidKey.objects.create(name="a")
    UuidKey.objects.update(name="b")
    latest().revert()
    assert UuidKey.objects.get(pk=created.pk).name == "a"
    UuidKey.objects.all().delete()
    latest().revert()
    assert list(UuidKey.objects.values_list("pk", "name")) == [(created.pk, "a")]


@pytest.mark.parametrize("model", [OddColumns, PercentColumns])
def test_columns_of_any_name(model):
    table, count = model._meta.db_table, len(model._meta.local_concrete_fields) - 1
    execute(f"INSERT INTO {table} VALUES (1, {', '.join(map(repr, 'x' * count))})")
    rows = rows_of([table])
    execute(f"DELETE FROM {table}")
    latest().revert()
    assert rows_of([table]) == rows


def test_names_that_need_quotes():
    Composite.objects.create(row="a", number=1, note="x")
    Composite.objects.update(note="y")
    latest().revert()
    assert Composite.objects.values_list("row", "number", "note").get() == ("a", 1, "x")
    parent = TextKey.objects.create(code="a")
    TextKey.objects.create(code="b", parent=parent)
    execute("DELETE FROM awkward_textkey WHERE \"old\" = 'b'")
    latest().revert()
    assert list(TextKey.objects.values_list("code", "parent_id")) == [("a", None), ("b", "a")]
