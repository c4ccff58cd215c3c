"""The events tell what the table got, which is not always what was sent."""

from decimal import Decimal

import pytest
from django.db import models
from django.db.models import F
from django.test.utils import isolate_apps

from tests.capture.events import execute, inserted, query, recorded, updated
from tests.captured.models import Customer, Invoice, Order

pytestmark = pytest.mark.django_db


def before(table, assignment):
    """Have a BEFORE trigger edit each row that is written."""
    execute(
        "CREATE FUNCTION edit() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN {assignment}; RETURN NEW; END $$;"
        f"CREATE TRIGGER edit BEFORE INSERT OR UPDATE ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION edit()"
    )


def test_defaults_and_generated_columns():
    with recorded() as events:
        pk = Invoice.objects.create(net=100).pk
        Invoice.objects.update(rate=7)
    full = {"id": pk, "net": 100, "rate": 20, "currency": "EUR", "gross": 120}
    assert events == [
        inserted("captured_invoice", str(pk), full),
        updated("captured_invoice", str(pk), full, {**full, "rate": 7, "gross": 107}),
    ]


def test_defaults_of_raw_sql():
    with recorded() as events:
        execute("INSERT INTO captured_invoice (net) OVERRIDING SYSTEM VALUE VALUES (50)")
    pk = Invoice.objects.get().pk
    new = {"id": pk, "net": 50, "rate": 20, "currency": "EUR", "gross": 60}
    assert events == [inserted("captured_invoice", str(pk), new)]


def test_column_that_refers_to_a_generated_one_follows_an_edit():
    before("captured_invoice", "NEW.net := NEW.net * 2")
    with recorded() as events:
        pk = Invoice.objects.create(net=100).pk
    new = {"id": pk, "net": 200, "rate": 20, "currency": "EUR", "gross": 240}
    assert events == [inserted("captured_invoice", str(pk), new)]


def test_values_edited_by_a_before_trigger():
    before("captured_customer", "NEW.name := upper(NEW.name); NEW.email := 'unknown'")
    with recorded() as events:
        pk = Customer.objects.create(name="Ann", email=None).pk
        Customer.objects.update(name="Bob")
    row = {"id": pk, "name": "ANN", "email": "unknown"}
    assert events == [
        inserted("captured_customer", str(pk), row),
        updated("captured_customer", str(pk), row, {**row, "name": "BOB"}),
    ]


def test_column_that_only_the_before_trigger_changes():
    pk = Customer.objects.create(name="Ann").pk
    before("captured_customer", "NEW.email := 'seen'")
    row = {"id": pk, "name": "Ann", "email": None}
    with recorded() as events:
        execute("UPDATE captured_customer SET name = name")
    assert events == [updated("captured_customer", str(pk), row, {**row, "email": "seen"})]


def test_key_that_a_before_trigger_gives():
    before("captured_customer", "NEW.id := 77")
    with recorded() as events:
        execute("INSERT INTO captured_customer (name) VALUES ('Ann')")
    row = {"id": 77, "name": "Ann", "email": None}
    assert events == [inserted("captured_customer", "77", row)]


def test_result_of_an_expression():
    pk = Order.objects.create(total=Decimal("3.33")).pk
    with recorded() as events:
        Order.objects.filter(pk=pk).update(total=F("total") / 3 + 1)
    row = {"id": pk, "customer_id": None, "total": Decimal("3.33")}
    assert events == [updated("captured_order", str(pk), row, {**row, "total": Decimal("2.11")})]


def test_value_that_the_column_rounds():
    with recorded() as events:
        execute("INSERT INTO captured_order (id, total) VALUES (1, 1.005), (2, 2)")
    assert events == [
        inserted("captured_order", "1", {"id": 1, "customer_id": None, "total": Decimal("1.01")}),
        inserted("captured_order", "2", {"id": 2, "customer_id": None, "total": Decimal("2.00")}),
    ]


@isolate_apps("tests.captured")
def test_virtual_columns_which_triggers_see_as_null_are_left_out(audit):
    class Doubled(models.Model):
        net = models.IntegerField()
        gross = models.GeneratedField(
            expression=F("net") * 2, output_field=models.IntegerField(), db_persist=False
        )

        class Meta:
            app_label = "captured"

    (version,) = query("SELECT current_setting('server_version_num')::int")
    kind = "VIRTUAL" if version >= 180000 else "STORED"
    execute(
        "CREATE TABLE captured_doubled (id bigint PRIMARY KEY, net integer,"
        f" gross integer GENERATED ALWAYS AS (net * 2) {kind})"
    )
    audit(Doubled)
    with recorded() as events:
        execute("INSERT INTO captured_doubled VALUES (1, 5)")
        execute("UPDATE captured_doubled SET net = 6")
    assert events == [
        inserted("captured_doubled", "1", {"id": 1, "net": 5}),
        updated("captured_doubled", "1", {"id": 1, "net": 5}, {"id": 1, "net": 6}),
    ]
