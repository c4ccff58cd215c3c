"""A row is made as it was at a moment, whatever became of it since."""

import datetime as dt
from decimal import Decimal

import pytest
from django.test import override_settings
from django.utils import timezone

import trigger_audit
from tests.capture.events import deleted, execute, query, recorded
from tests.captured.models import (
    Category,
    Counter,
    Customer,
    ExpressParcel,
    Order,
    Parcel,
    Patient,
    Product,
    Seat,
)
from tests.example.models import Tag
from tests.reading.tables import rows_of
from trigger_audit.exceptions import InvalidKey, InvalidMoment, NothingRecorded, RevertRefused

pytestmark = pytest.mark.django_db


def now():
    """The database's clock, which events bear."""
    return query("SELECT clock_timestamp()")[0]


def test_a_row_that_changed():
    pk = Product.objects.create(name="Pen", price="1.50").pk
    Product.objects.update(price="2.50")
    moment, rows = now(), rows_of(["captured_product"])
    Product.objects.update(price="3.50", colour="red")
    Product.objects.update(price="2.50", attributes={})
    with recorded() as events:
        plan = trigger_audit.restore(Product, pk, moment)
    assert rows_of(["captured_product"]) == rows
    (event,) = events
    assert event.new == {"colour": None, "attributes": None}
    assert event.context == {"restores": moment.isoformat()}
    assert [(change.op, change.new) for change in plan] == [("UPDATE", event.new)]
    assert list(trigger_audit.restore("captured.Product", pk, moment)) == []


def test_a_row_that_was_deleted():
    pk = Customer.objects.create(name="Ann", email="a").pk
    Customer.objects.update(email="b")
    moment, rows = now(), rows_of(["captured_customer"])
    Customer.objects.update(email="c")
    Customer.objects.all().delete()
    planned = trigger_audit.restore(Customer, pk, moment, dry_run=True)
    assert not Customer.objects.exists()
    assert trigger_audit.restore(Customer, pk, moment) == planned
    assert rows_of(["captured_customer"]) == rows


def test_a_row_that_was_deleted_and_made_again_otherwise():
    Seat.objects.create(hall="a", number=1, guest="Ann")
    moment, rows = now(), rows_of(["captured_seat"])
    Seat.objects.all().delete()
    Seat.objects.create(hall="a", number=1, guest="Bob")
    trigger_audit.restore(Seat, ("a", 1), moment)
    assert rows_of(["captured_seat"]) == rows


def test_a_row_that_was_not_there_yet_is_deleted():
    moment = now()
    pk = Customer.objects.create(name="Ann").pk
    Customer.objects.update(email="a")
    with recorded() as events:
        trigger_audit.restore(Customer, pk, moment)
    row = {"id": pk, "name": "Ann", "email": "a"}
    told = {"restores": moment.isoformat()}
    assert events == [deleted("captured_customer", str(pk), row, context=told)]
    assert list(trigger_audit.restore(Customer, pk, moment)) == []


@pytest.mark.parametrize("key", ["a", "c"])
def test_a_row_whose_key_changed(key):
    """By the key that it had then, or has now."""
    Category.objects.create(code="a")
    moment = now()
    for old, new in [("a", "b"), ("b", "c")]:
        execute("UPDATE captured_category SET code = %s WHERE code = %s", [new, old])
    Category.objects.update(parent="x")
    trigger_audit.restore(Category, key, moment)
    assert rows_of(["captured_category"]) == {"captured_category": ["(a,)"]}


def test_keys_that_were_shifted():
    execute("ALTER TABLE captured_counter DROP CONSTRAINT captured_counter_pkey")
    execute("ALTER TABLE captured_counter ADD PRIMARY KEY (number) DEFERRABLE")
    Counter.objects.bulk_create(Counter(number=n, label=label) for n, label in enumerate("abc", 1))
    moment = now()
    execute("UPDATE captured_counter SET number = number + 1, label = upper(label)")
    with pytest.raises(RevertRefused) as caught:
        trigger_audit.restore(Counter, 2, moment)
    assert [(each.kind, each.object_id) for each in caught.value.conflicts] == [("taken", "3")]
    execute("DELETE FROM captured_counter WHERE number = 2")
    trigger_audit.restore(Counter, 2, moment)
    assert Counter.objects.get(number=2).label == "b"


def test_what_was_never_audited_stays():
    pk = Patient.objects.create(name="Ann", ailment="flu", notes="n").pk
    moment = now()
    Patient.objects.update(name="Bob", notes="m")
    trigger_audit.restore(Patient, pk, moment)
    assert Patient.objects.values_list("name", "ailment", "notes").get() == ("Ann", "flu", "m")
    Patient.objects.update(ailment="cold")
    with pytest.raises(RevertRefused, match="redacted"):
        trigger_audit.restore(Patient, pk, moment)


def test_changes_that_no_event_tells_are_undone_where_images_are_whole():
    pk = Order.objects.create(total=1).pk
    moment = now()
    execute("ALTER TABLE captured_order DISABLE TRIGGER USER")
    Order.objects.update(total=2)
    execute("ALTER TABLE captured_order ENABLE TRIGGER USER")
    Order.objects.update(total=3)
    trigger_audit.restore(Order, pk, moment)
    assert Order.objects.get().total == 2


def test_all_rows_of_a_model_that_inherits():
    parcel = ExpressParcel.objects.create(weight=1, hours=2)
    moment = now()
    tables = ["captured_parcel", "captured_expressparcel"]
    rows = rows_of(tables)
    ExpressParcel.objects.update(weight=3, hours=4)
    trigger_audit.restore(ExpressParcel, parcel.pk, moment)
    assert rows_of(tables) == rows
    Parcel.objects.all().delete()
    trigger_audit.restore(ExpressParcel, str(parcel.pk), moment)
    assert rows_of(tables) == rows


@pytest.mark.parametrize(
    ("when", "said"),
    [
        (dt.datetime(2026, 1, 1), "has no time zone"),
        (dt.date(2026, 1, 1), "is no datetime"),
        ("2026-01-01", "is no datetime"),
        (dt.datetime(9999, 1, 1, tzinfo=dt.timezone.utc), "is to come"),
    ],
)
def test_moments_that_are_none(when, said):
    with pytest.raises(InvalidMoment, match=said):
        trigger_audit.restore(Customer, 1, when)


@override_settings(USE_TZ=False)
def test_a_moment_where_all_are_naive():
    pk = Product.objects.create(name="Pen", price="1.50").pk
    then = now().astimezone(timezone.get_default_timezone()).replace(tzinfo=None)
    Product.objects.update(price="2.50")
    trigger_audit.restore(Product, pk, then)
    assert Product.objects.get().price == Decimal("1.50")


@pytest.mark.parametrize(
    ("model", "pk", "said"),
    [
        (Tag, 1, "library.Tag is not audited"),
        ("library.Tag", 1, "library.Tag is not audited"),
        ("library.NoSuch", 1, "no model 'library.NoSuch'"),
        (Customer, 7, "no captured.Customer ever had the key 7"),
    ],
)
def test_rows_that_there_are_not(model, pk, said):
    with pytest.raises(NothingRecorded, match=said):
        trigger_audit.restore(model, pk, timezone.now())


@pytest.mark.parametrize(
    ("model", "pk"), [(Customer, "x"), (Customer, 10**30), (Seat, ("a",)), (Seat, 7)]
)
def test_keys_that_no_row_can_have(model, pk):
    with pytest.raises(InvalidKey, match=f"of {model._meta.label}"):
        trigger_audit.restore(model, pk, timezone.now())


def test_a_row_older_than_its_audit():
    pk = Customer.objects.create(name="Ann").pk
    execute("SET LOCAL trigger_audit.allow_change = 'test'")
    execute("DELETE FROM trigger_audit_event")
    assert list(trigger_audit.restore(Customer, pk, timezone.now())) == []


@pytest.mark.parametrize("again", [False, True])
def test_a_table_that_was_emptied(again):
    pk = Product.objects.create(name="Pen", price=1).pk
    Product.objects.update(price=2)
    moment, rows = now(), rows_of(["captured_product"])
    Product.objects.update(price=3)
    execute("TRUNCATE captured_product")
    if again:
        Product.objects.create(pk=pk, name="Ink", price=4)
    trigger_audit.restore(Product, pk, moment)
    assert rows_of(["captured_product"]) == rows


def test_an_object_of_which_one_table_was_emptied():
    parcel = ExpressParcel.objects.create(weight=1, hours=2)
    tables = ["captured_parcel", "captured_expressparcel"]
    moment, rows = now(), rows_of(tables)
    execute("SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE captured_expressparcel")
    Parcel.objects.update(weight=3)
    trigger_audit.restore(ExpressParcel, parcel.pk, moment)
    assert rows_of(tables) == rows


def test_redacted_fields_of_a_table_that_was_emptied():
    pk = Patient.objects.create(name="Ann", ailment="flu").pk
    moment = now()
    execute("TRUNCATE captured_patient")
    with pytest.raises(RevertRefused) as caught:
        trigger_audit.restore(Patient, pk, moment)
    assert [each.kind for each in caught.value.conflicts] == ["redacted", "excluded"]
    trigger_audit.restore(Patient, pk, moment, force=True)
    assert Patient.objects.values_list("name", "ailment").get() == ("Ann", None)
