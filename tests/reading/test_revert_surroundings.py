"""Reverts beside other sessions, in other databases and schemas, and across migrations."""

from contextlib import closing
from threading import Thread

import pytest
from django.db import connection, transaction

import trigger_audit
from tests.awkward.models import Car, InSchema, Linked, Quoted
from tests.capture.events import execute, other_session
from tests.capture.test_keys import anybody_waits
from tests.captured.models import Customer, Measurement, Product
from tests.reading.tables import last_event, latest, revert_since, rows_of
from trigger_audit.exceptions import RevertRefused
from trigger_audit.models import AuditEvent

pytestmark = pytest.mark.django_db


@pytest.mark.django_db(transaction=True)
def test_a_write_that_is_under_way_is_waited_for():
    """And what it wrote is compared, not what was there before."""
    Customer.objects.create(name="Ann")
    event = latest()
    caught = []

    def take_back():
        with closing(connection):
            try:
                event.revert()
            except RevertRefused as error:
                caught.extend(error.conflicts)

    with closing(other_session()) as other:
        other.cursor().execute("UPDATE captured_customer SET email = 'new'")
        waiting = Thread(target=take_back)
        waiting.start()
        while waiting.is_alive() and not anybody_waits():
            pass
        assert waiting.is_alive()
        other.commit()
        waiting.join()
    assert [(each.kind, each.field) for each in caught] == [("changed", "email")]
    assert Customer.objects.get().email == "new"


@pytest.mark.django_db(transaction=True)
def test_rows_stay_as_they_were_compared_until_the_end():
    Customer.objects.create(name="Ann")
    Customer.objects.update(email="a")
    event = latest()
    with closing(other_session()) as other, other.cursor() as cursor:
        cursor.execute("SET lock_timeout = '50ms'")
        with transaction.atomic():
            event.revert()
            with pytest.raises(connection.Database.Error, match="lock timeout"):
                cursor.execute("UPDATE captured_customer SET email = 'b'")
            other.rollback()
    with transaction.atomic(), closing(other_session()) as other, other.cursor() as cursor:
        latest().revert(dry_run=True)
        cursor.execute("SET lock_timeout = '5s'")
        cursor.execute("UPDATE captured_customer SET email = 'b'")
        other.commit()


@pytest.mark.django_db(databases=["default", "other"])
def test_the_database_of_the_event():
    customer = Customer.objects.using("other").create(name="Ann")
    event = AuditEvent.objects.using("other").latest("id")
    customer.delete(using="other")
    deletion = AuditEvent.objects.using("other").latest("id")
    plan = deletion.revert()
    assert plan.using == "other"
    assert Customer.objects.using("other").get().name == "Ann"
    assert not Customer.objects.exists()
    event = AuditEvent.objects.using("other").latest("id")
    trigger_audit.revert_transaction(event.txid, using="other", dry_run=True)
    moment = event.at
    Customer.objects.using("other").update(name="Bob")
    trigger_audit.restore(Customer, event.object_id, moment, using="other")
    assert Customer.objects.using("other").get().name == "Ann"


@pytest.mark.parametrize("model", [InSchema, Quoted])
def test_tables_with_awkward_names(model):
    model.objects.create(name="a")
    start = last_event()
    model.objects.update(name="b")
    model.objects.all().delete()
    revert_since(start)
    assert model.objects.get().name == "a"


def test_links_in_another_schema():
    first, second = Linked.objects.create(), Linked.objects.create()
    start = last_event()
    first.others.add(second)
    revert_since(start)
    assert not first.others.exists()
    revert_since(last_event() - 1)
    assert first.others.get() == second


def test_a_condition_that_a_row_left():
    """What a condition leaves out leaves no event: the row is as nobody recorded it."""
    car = Car.objects.create(name="a", doors=4)
    Car.objects.filter(pk=car.pk).update(doors=1)
    event = latest()
    Car.objects.filter(pk=car.pk).update(doors=2)
    with pytest.raises(RevertRefused, match="it was 1 then and is 2 now"):
        event.revert()


def test_rows_of_partitions(audit):
    execute(
        "CREATE TABLE captured_measurement (id bigint, day date, value integer,"
        " PRIMARY KEY (id, day)) PARTITION BY RANGE (day);"
        "CREATE TABLE first PARTITION OF captured_measurement"
        " FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');"
        "CREATE TABLE second PARTITION OF captured_measurement DEFAULT"
    )
    audit(Measurement)
    Measurement.objects.create(id=1, day="2026-01-15", value=1)
    start, rows = last_event(), rows_of(["first", "second"])
    execute("UPDATE captured_measurement SET day = '2026-03-01', value = 2")
    execute("UPDATE second SET value = 3")
    middle, after = last_event(), rows_of(["first", "second"])
    revert_since(start)
    assert rows_of(["first", "second"]) == rows
    revert_since(middle)
    assert rows_of(["first", "second"]) == after


def test_tables_and_columns_that_were_renamed_or_dropped(monkeypatch):
    """As migrations leave them, and then the models."""
    product = Product.objects.create(name="a", price=1, colour="red", attributes={"a": 1})
    start = last_event()
    Product.objects.update(colour="blue", price=2)
    Product.objects.all().delete()
    execute(
        "ALTER TABLE captured_product RENAME TO shop_item;"
        "SELECT trigger_audit_rename_table('shop_item', 'captured_product',"
        " 'trigger_audit_capture_shop_item');"
        "ALTER TABLE shop_item RENAME colour TO hue;"
        "SELECT trigger_audit_rename_column('shop_item', 'colour', 'hue')"
    )
    monkeypatch.setattr(Product._meta, "db_table", "shop_item")
    monkeypatch.setattr(Product._meta.get_field("colour"), "column", "hue")
    with pytest.raises(RevertRefused) as caught:
        revert_since(start)
    assert [each.kind for each in caught.value.conflicts] == ["rename", "rename"]
    execute(
        "CREATE OR REPLACE FUNCTION trigger_audit_capture_shop_item() RETURNS trigger"
        " LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;"
        "ALTER TABLE shop_item DROP attributes, ADD size integer NOT NULL DEFAULT 7"
    )
    (change,) = revert_since(start, force=True)
    assert change.lost == {"attributes": {"a": 1}}
    assert rows_of(["shop_item"]) == {"shop_item": [f"({product.pk},a,1.00,red,7)"]}
