"""Whatever path a write takes, its events are the same."""

import json
from contextlib import closing
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import F

from tests.capture.events import (
    copy,
    deleted,
    execute,
    inserted,
    other_session,
    query,
    recorded,
    updated,
)
from tests.captured.models import Customer, ExpressParcel, Label, Order, Parcel

pytestmark = pytest.mark.django_db


def ann(pk, **changes):
    return {"id": pk, "name": "Ann", "email": None, **changes}


def bob(pk, **changes):
    return {"id": pk, "name": "Bob", "email": None, **changes}


@pytest.fixture
def customer():
    return Customer.objects.create(name="Ann")


@pytest.fixture
def customers(customer):
    return [customer, Customer.objects.create(name="Bob")]


@pytest.mark.proof
def test_create_save_and_delete():
    with recorded() as events:
        customer = Customer.objects.create(name="Ann")
        pk = customer.pk
        customer.email = "ann@example.org"
        customer.save()
        customer.delete()
    assert events == [
        inserted("captured_customer", str(pk), ann(pk)),
        updated("captured_customer", str(pk), ann(pk), ann(pk, email="ann@example.org")),
        deleted("captured_customer", str(pk), ann(pk, email="ann@example.org")),
    ]
    assert len(set(events.transactions)) == 1


def test_update_fields_leaves_the_others(customer):
    customer.name, customer.email = "Unsaved", "ann@example.org"
    with recorded() as events:
        customer.save(update_fields=["email"])
    pk = customer.pk
    assert events == [
        updated("captured_customer", str(pk), ann(pk), ann(pk, email="ann@example.org"))
    ]


def test_bulk_create():
    with recorded() as events:
        first, second = Customer.objects.bulk_create([Customer(name="Ann"), Customer(name="Bob")])
    assert events == [
        inserted("captured_customer", str(first.pk), ann(first.pk)),
        inserted("captured_customer", str(second.pk), bob(second.pk)),
    ]


def test_bulk_create_that_ignores_conflicts_records_what_came_in(customer):
    with recorded() as events:
        Customer.objects.bulk_create(
            [Customer(name="Ann"), Customer(name="Bob")], ignore_conflicts=True
        )
    pk = Customer.objects.get(name="Bob").pk
    assert events == [inserted("captured_customer", str(pk), bob(pk))]


@pytest.mark.proof
def test_bulk_create_that_updates_conflicts_records_either(customer):
    with recorded() as events:
        Customer.objects.bulk_create(
            [Customer(name="Ann", email="ann@example.org"), Customer(name="Bob")],
            update_conflicts=True,
            unique_fields=["name"],
            update_fields=["email"],
        )
    old, new = customer.pk, Customer.objects.get(name="Bob").pk
    assert sorted(events) == [
        inserted("captured_customer", str(new), bob(new)),
        updated("captured_customer", str(old), ann(old), ann(old, email="ann@example.org")),
    ]


def test_bulk_update(customers):
    first, second = customers
    first.email, second.email = "ann@example.org", "bob@example.org"
    with recorded() as events:
        Customer.objects.bulk_update(customers, ["email"])
    assert sorted(events) == [
        updated(
            "captured_customer", str(first.pk), ann(first.pk), ann(first.pk, email=first.email)
        ),
        updated(
            "captured_customer", str(second.pk), bob(second.pk), bob(second.pk, email=second.email)
        ),
    ]


def test_queryset_update_with_an_expression():
    first, second = (Order.objects.create(total=total).pk for total in ("1.10", "2.20"))
    with recorded() as events:
        Order.objects.update(total=F("total") * 2)
    assert sorted(events) == [
        updated(
            "captured_order",
            str(pk),
            {"id": pk, "customer_id": None, "total": Decimal(before)},
            {"id": pk, "customer_id": None, "total": Decimal(after)},
        )
        for pk, before, after in [(first, "1.10", "2.20"), (second, "2.20", "4.40")]
    ]


def test_raw_delete(customer):
    pk = customer.pk
    with recorded() as events:
        Customer.objects.filter(pk=pk)._raw_delete(using="default")
    assert events == [deleted("captured_customer", str(pk), ann(pk))]


def test_queryset_delete(customers):
    first, second = (customer.pk for customer in customers)
    with recorded() as events:
        Customer.objects.all().delete()
    assert sorted(events) == [
        deleted("captured_customer", str(first), ann(first)),
        deleted("captured_customer", str(second), bob(second)),
    ]


def test_raw_sql():
    with recorded() as events:
        execute("INSERT INTO captured_customer (id, name) VALUES (7, 'Ann')")
        execute("UPDATE captured_customer SET email = '' WHERE id = 7")
        execute("DELETE FROM captured_customer WHERE id = 7")
    assert events == [
        inserted("captured_customer", "7", ann(7)),
        updated("captured_customer", "7", ann(7), ann(7, email="")),
        deleted("captured_customer", "7", ann(7, email="")),
    ]


def test_several_statements_in_one_text():
    with recorded() as events:
        execute(
            "INSERT INTO captured_customer (id, name) VALUES (7, 'Ann');"
            "UPDATE captured_customer SET email = '' WHERE id = 7"
        )
    assert events == [
        inserted("captured_customer", "7", ann(7)),
        updated("captured_customer", "7", ann(7), ann(7, email="")),
    ]


@pytest.mark.proof
def test_copy():
    with recorded() as events:
        copy("COPY captured_customer (id, name) FROM STDIN WITH (FORMAT csv)", "7,Ann\n8,Bob\n")
    assert events == [
        inserted("captured_customer", "7", ann(7)),
        inserted("captured_customer", "8", bob(8)),
    ]


def test_executemany():
    with recorded() as events, connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO captured_customer (id, name) VALUES (%s, %s)", [(7, "Ann"), (8, "Bob")]
        )
    assert events == [
        inserted("captured_customer", "7", ann(7)),
        inserted("captured_customer", "8", bob(8)),
    ]


def test_insert_from_select(customer):
    with recorded() as events:
        execute("INSERT INTO captured_customer SELECT id + 1, 'Bob' FROM captured_customer")
    pk = customer.pk + 1
    assert events == [inserted("captured_customer", str(pk), bob(pk))]


def test_on_conflict_do_update(customer):
    pk = customer.pk
    with recorded() as events:
        execute(
            "INSERT INTO captured_customer (id, name) VALUES (%s, 'Ann'), (%s, 'Bob')"
            " ON CONFLICT (name) DO UPDATE SET email = excluded.name",
            [pk + 1, pk + 2],
        )
    assert sorted(events) == [
        inserted("captured_customer", str(pk + 2), bob(pk + 2)),
        updated("captured_customer", str(pk), ann(pk), ann(pk, email="Ann")),
    ]


@pytest.mark.proof
def test_merge_that_does_all_three(customers):
    first, second = (customer.pk for customer in customers)
    third = second + 1
    with recorded() as events:
        execute(
            """
            MERGE INTO captured_customer AS customer
            USING (VALUES ('Ann'), ('Bob'), ('Cem')) AS news (name) ON customer.name = news.name
            WHEN MATCHED AND customer.name = 'Bob' THEN DELETE
            WHEN MATCHED THEN UPDATE SET email = 'merged'
            WHEN NOT MATCHED THEN INSERT (id, name) VALUES (%s, news.name)
            """,
            [third],
        )
    assert sorted(events) == [
        deleted("captured_customer", str(second), bob(second)),
        inserted("captured_customer", str(third), bob(third, name="Cem")),
        updated("captured_customer", str(first), ann(first), ann(first, email="merged")),
    ]


def test_data_modifying_ctes(customers):
    first, second = (customer.pk for customer in customers)
    with recorded() as events:
        execute(
            """
            WITH gone AS (DELETE FROM captured_customer WHERE name = 'Bob' RETURNING id),
                kept AS (UPDATE captured_customer SET email = '' WHERE name = 'Ann' RETURNING id)
            INSERT INTO captured_order (id, customer_id, total)
            SELECT 1, kept.id, gone.id FROM gone, kept
            """
        )
    total = Decimal(f"{second}.00")
    assert sorted(events) == [
        deleted("captured_customer", str(second), bob(second)),
        inserted("captured_order", "1", {"id": 1, "customer_id": first, "total": total}),
        updated("captured_customer", str(first), ann(first), ann(first, email="")),
    ]


def test_loaddata(tmp_path):
    fixture = tmp_path / "customers.json"
    rows = [{"model": "captured.customer", "pk": 7, "fields": {"name": "Ann"}}]
    fixture.write_text(json.dumps(rows))
    with recorded() as events:
        call_command("loaddata", fixture, verbosity=0)
    told = {"command": "loaddata"}
    assert events == [inserted("captured_customer", "7", ann(7), context=told)]


def test_function_that_writes():
    execute(
        "CREATE FUNCTION add_customer(name text) RETURNS bigint LANGUAGE sql AS"
        " 'INSERT INTO captured_customer (name) VALUES (name) RETURNING id'"
    )
    with recorded() as events:
        (pk,) = query("SELECT add_customer('Ann')")
    assert events == [inserted("captured_customer", str(pk), ann(pk))]


def test_do_block_that_writes():
    with recorded() as events:
        execute("DO $$ BEGIN INSERT INTO captured_customer (id, name) VALUES (7, 'Ann'); END $$")
    assert events == [inserted("captured_customer", "7", ann(7))]


def test_updatable_view():
    execute("CREATE VIEW customer_names AS SELECT id, name FROM captured_customer")
    with recorded() as events:
        execute("INSERT INTO customer_names VALUES (7, 'Ann')")
        execute("UPDATE customer_names SET name = 'Bob'")
        execute("DELETE FROM customer_names")
    assert events == [
        inserted("captured_customer", "7", ann(7)),
        updated("captured_customer", "7", ann(7), bob(7)),
        deleted("captured_customer", "7", bob(7)),
    ]


def test_cursor_positioned_update(customer):
    pk = customer.pk
    execute("DECLARE position CURSOR FOR SELECT * FROM captured_customer FOR UPDATE")
    query("FETCH NEXT FROM position")
    with recorded() as events:
        execute("UPDATE captured_customer SET email = '' WHERE CURRENT OF position")
    assert events == [updated("captured_customer", str(pk), ann(pk), ann(pk, email=""))]


def test_many_to_many_links_are_events_of_their_table():
    parcel, label = Parcel.objects.create(weight=1), Label.objects.create(name="fragile")
    with recorded() as events:
        parcel.labels.add(label)
        (pk,) = parcel.labels.through.objects.values_list("pk", flat=True)
        parcel.labels.clear()
    link = {"id": pk, "parcel_id": parcel.pk, "label_id": label.pk}
    assert events == [
        inserted("captured_parcel_labels", str(pk), link),
        deleted("captured_parcel_labels", str(pk), link),
    ]


def test_a_child_model_is_an_event_of_each_table():
    with recorded() as events:
        parcel = ExpressParcel.objects.create(weight=1, hours=24)
    key = str(parcel.pk)
    assert events == [
        inserted("captured_parcel", key, {"id": parcel.pk, "weight": 1}),
        inserted("captured_expressparcel", key, {"parcel_ptr_id": parcel.pk, "hours": 24}),
    ]


@pytest.mark.django_db(transaction=True)
def test_each_transaction_groups_its_events():
    with recorded() as events:
        with transaction.atomic():
            Customer.objects.create(name="Ann")
            Customer.objects.create(name="Bob")
        Customer.objects.create(name="Cem")
    first, second, third = events.transactions
    assert first == second < third
    assert [event.new["name"] for event in events] == ["Ann", "Bob", "Cem"]


@pytest.mark.django_db(transaction=True)
def test_another_connection_that_knows_nothing_of_django():
    with recorded() as events, closing(other_session()) as session:
        session.cursor().execute("INSERT INTO captured_customer (id, name) VALUES (7, 'Ann')")
        session.commit()
    assert events == [inserted("captured_customer", "7", ann(7))]
