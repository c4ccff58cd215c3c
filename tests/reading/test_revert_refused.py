"""What stands in the way of a revert is told, and nothing is written; some of it can be forced."""

import pytest
from django.db import transaction

from tests.capture.events import execute, recorded
from tests.captured.models import Category, Customer, Order, Patient, Product, Seat, Unaudited
from tests.example.models import Book, Loan, Publisher, Tag
from tests.reading.tables import last_event, latest, rows_of
from trigger_audit.exceptions import RevertRefused, TriggerAuditError
from trigger_audit.models import AuditEvent
from trigger_audit.revert import actions

pytestmark = pytest.mark.django_db


def refused(event, **options):
    """The conflicts of a revert that writes nothing."""
    with recorded() as events, pytest.raises(RevertRefused) as caught:
        event.revert(**options)
    assert events == []
    assert isinstance(caught.value, TriggerAuditError)
    assert all(str(conflict) in str(caught.value) for conflict in caught.value.conflicts)
    assert event.revert(dry_run=True).conflicts[: len(caught.value.conflicts)] or options
    return [(each.kind, each.field, each.is_forcible) for each in caught.value.conflicts]


def test_a_field_that_changed_since():
    Customer.objects.create(name="Ann", email="a")
    Customer.objects.update(email="b")
    event = latest()
    Customer.objects.update(email="c")
    assert refused(event) == [("changed", "email", True)]
    (conflict,) = event.revert(dry_run=True).conflicts
    assert str(conflict) == (
        f'captured.Customer {event.object_id}, email: it was "b" then and is "c" now.'
        " Pass force=True to overwrite it."
    )
    event.revert(force=True)
    assert Customer.objects.get().email == "a"
    assert refused(event) == [("changed", "email", True)]


def test_a_new_row_that_changed_since():
    Customer.objects.create(name="Ann")
    event = latest()
    Customer.objects.update(email="b")
    assert refused(event) == [("changed", "email", True)]
    event.revert(force=True)
    assert not Customer.objects.exists()


def test_a_row_that_is_gone():
    Customer.objects.create(name="Ann")
    insertion = latest()
    Customer.objects.update(email="b")
    update = latest()
    Customer.objects.all().delete()
    assert refused(insertion) == [("gone", None, True)]
    assert list(insertion.revert(force=True)) == []
    assert refused(update) == refused(update, force=True) == [("gone", None, False)]


def test_a_row_that_is_there_again():
    customer = Customer.objects.create(name="Ann")
    Customer.objects.all().delete()
    event = latest()
    customer.save(force_insert=True)
    assert refused(event) == refused(event, force=True) == [("exists", None, False)]


def test_a_key_that_changed_since():
    Seat.objects.create(hall="a", number=1)
    Seat.objects.update(guest="Ann")
    event = latest()
    Seat.objects.update(number=2)
    assert refused(event) == [("moved", None, True)]
    event.revert(force=True)
    assert Seat.objects.values_list("number", "guest").get() == (2, None)


def test_keys_that_changed_since_in_turn():
    execute("ALTER TABLE captured_customer DROP CONSTRAINT captured_customer_pkey CASCADE")
    execute("ALTER TABLE captured_customer ADD PRIMARY KEY (id) DEFERRABLE")
    execute("INSERT INTO captured_customer VALUES (1, 'a'), (2, 'b')")
    execute("UPDATE captured_customer SET email = 'x' WHERE id = 1")
    event = latest()
    execute("UPDATE captured_customer SET id = id + 1")
    assert refused(event) == [("moved", None, True)]
    execute("DELETE FROM captured_customer WHERE id = 3")
    execute("UPDATE captured_customer SET id = id + 5")
    execute("UPDATE captured_customer SET id = id + 5")
    assert refused(event) == [("moved", None, True)]
    event.revert(force=True)
    assert rows_of(["captured_customer"]) == {"captured_customer": ["(12,a,)"]}


def test_a_key_that_another_row_has():
    Category.objects.create(code="a")
    Category.objects.update(code="b")
    event = latest()
    Category.objects.create(code="a")
    assert refused(event) == refused(event, force=True) == [("taken", "code", False)]


def test_a_unique_value_that_is_taken():
    Customer.objects.create(name="Ann")
    Customer.objects.all().delete()
    event = latest()
    other = Customer.objects.create(name="Ann")
    assert refused(event) == refused(event, force=True) == [("taken", "name", False)]
    (conflict,) = event.revert(dry_run=True).conflicts
    assert '"Ann"' in conflict.detail
    assert "captured_customer_name_key" in conflict.detail
    Customer.objects.filter(pk=other.pk).update(name="Bob")
    event.revert()
    assert Customer.objects.filter(name="Ann").exists()


def test_a_foreign_row_that_is_gone():
    publisher = Publisher.objects.create(name="P")
    Book.objects.create(title="B", price=1, publisher=publisher)
    Book.objects.update(publisher=None)
    event = latest()
    Publisher.objects.all().delete()
    assert refused(event) == refused(event, force=True) == [("target gone", "publisher", False)]


def test_a_foreign_row_that_no_constraint_asks_for():
    customer = Customer.objects.create(name="Ann")
    Order.objects.create(customer=customer)
    Order.objects.all().delete()
    event = latest()
    Customer.objects.all().delete()
    assert refused(event) == [("target gone", "customer", True)]
    event.revert(force=True)
    assert Order.objects.get().customer_id == customer.pk


def test_rows_that_refer_to_a_new_row():
    publisher = Publisher.objects.create(name="P")
    event = latest()
    Book.objects.create(title="B", price=1, publisher=publisher)
    assert refused(event) == refused(event, force=True) == [("referred to", None, False)]
    customer = Customer.objects.create(name="Ann")
    event = latest()
    Order.objects.create(customer=customer)
    assert refused(event) == [("referred to", None, True)]


def test_rows_that_the_database_would_take_along_are_not_lost_unasked():
    execute(
        "ALTER TABLE captured_order ADD FOREIGN KEY (customer_id)"
        " REFERENCES captured_customer ON DELETE CASCADE"
    )
    customer = Customer.objects.create(name="Ann")
    event = latest()
    Order.objects.create(customer=customer)
    assert refused(event) == [("referred to", None, True)]
    event.revert(force=True)
    assert not Order.objects.exists()


def test_links_of_a_new_row():
    book = Book.objects.create(title="B", price=1)
    event = latest()
    book.tags.add(Tag.objects.create(name="a"))
    assert refused(event) == [("referred to", None, False)]


def test_redacted_and_excluded_fields_of_a_deleted_row():
    patient = Patient.objects.create(name="Ann", ailment="flu", notes="n")
    Patient.objects.all().delete()
    event = latest()
    assert refused(event) == [("redacted", "ailment", True), ("excluded", "notes", True)]
    event.revert(force=True)
    assert Patient.objects.values().get() == {
        "id": patient.pk,
        "name": "Ann",
        "ailment": None,
        "notes": None,
    }


def test_a_redacted_field_that_was_null_is_known():
    Patient.objects.create(name="Ann")
    Patient.objects.all().delete()
    assert refused(latest()) == [("excluded", "notes", True)]


def test_a_required_field_that_nobody_knows():
    book = Book.objects.create(title="B", price=1)
    Loan.objects.create(book=book, card_number="secret")
    Loan.objects.all().delete()
    event = latest()
    assert refused(event, force=True) == [("required", "card_number", False)]
    assert refused(event) == [("redacted", "card_number", True), ("required", "card_number", False)]


def test_a_redacted_field_that_changed_is_left_as_it_is():
    Patient.objects.create(name="Ann", ailment="flu", notes="n")
    Patient.objects.update(name="Bob", ailment="cold")
    event = latest()
    assert refused(event) == [("redacted", "ailment", True)]
    event.revert(force=True)
    assert Patient.objects.values_list("name", "ailment", "notes").get() == ("Ann", "cold", "n")


def test_a_redacted_field_that_did_not_change_is_in_nobodys_way():
    Patient.objects.create(name="Ann", ailment="flu")
    Patient.objects.update(name="Bob")
    latest().revert()
    assert Patient.objects.values_list("name", "ailment").get() == ("Ann", "flu")


def test_a_new_row_whose_redacted_field_changed_since():
    Patient.objects.create(name="Ann", ailment="flu")
    event = latest()
    Patient.objects.update(ailment="cold")
    assert refused(event) == [("changed", "ailment", True)]


def test_truncate_has_no_images():
    Customer.objects.create(name="Ann")
    execute("TRUNCATE captured_customer")
    event = latest()
    assert refused(event) == refused(event, force=True) == [("truncate", None, False)]


def forged(table, object_id):
    """The event of an INSERT into a table that is not audited."""
    execute(
        "INSERT INTO trigger_audit_event (at, txid, op, table_schema, table_name, object_id, new,"
        " db_user) VALUES (now(), pg_current_xact_id(), 'INSERT', 'public', %s, %s, '{}', 'ann')",
        [table, object_id],
    )
    return latest()


def test_a_table_without_a_model():
    event = forged("no_such", "1")
    assert refused(event) == refused(event, force=True) == [("model gone", None, False)]


def test_a_model_that_is_not_audited_any_more():
    pk = Unaudited.objects.create(amount=1).pk
    event = forged("captured_unaudited", str(pk))
    assert refused(event) == [("model gone", None, False)]


def test_what_a_trigger_of_the_database_refuses():
    Customer.objects.create(name="Ann")
    event = latest()
    execute(
        "CREATE FUNCTION stay() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'customers stay'; END $$;"
        "CREATE TRIGGER stay BEFORE DELETE ON captured_customer"
        " FOR EACH ROW EXECUTE FUNCTION stay()"
    )
    with pytest.raises(RevertRefused, match="customers stay"):
        event.revert()
    execute(
        "CREATE OR REPLACE FUNCTION stay() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RETURN NULL; END $$"
    )
    with pytest.raises(RevertRefused, match="kept the DELETE from being done"):
        event.revert(force=True)


def test_what_a_check_refuses():
    Customer.objects.create(name="Ann")
    Customer.objects.update(name="Bob")
    execute("ALTER TABLE captured_customer ADD CONSTRAINT known CHECK (name <> 'Ann')")
    with pytest.raises(RevertRefused, match='violates check constraint "known"'):
        latest().revert()
    assert Customer.objects.get().name == "Bob"


def test_values_that_a_retyped_column_does_not_take():
    execute("INSERT INTO captured_product VALUES (1, 'a', 1, 'red'), (2, 'b', 2, '7')")
    execute("UPDATE captured_product SET colour = '8', price = 3 WHERE id = 1")
    red = latest()
    execute("UPDATE captured_product SET colour = '8' WHERE id = 2")
    number = latest()
    execute("ALTER TABLE captured_product ALTER colour TYPE integer USING colour::integer")
    assert refused(red) == [("unfit", "colour", True)]
    red.revert(force=True)
    assert rows_of(["captured_product"]) == {"captured_product": ["(1,a,1.00,8,)", "(2,b,2.00,8,)"]}
    number.revert()
    assert rows_of(["captured_product"]) == {"captured_product": ["(1,a,1.00,8,)", "(2,b,2.00,7,)"]}


def test_values_that_a_retyped_column_calls_a_mistake_of_syntax():
    Product.objects.create(name="a", colour="dark red")
    Product.objects.update(colour="blue")
    event = latest()
    execute("ALTER TABLE captured_product ALTER colour TYPE tsquery USING colour::tsquery")
    assert refused(event) == [("unfit", "colour", True)]


def test_a_column_that_takes_no_null_any_more():
    Product.objects.create(name="a")
    Product.objects.update(colour="red", price=1)
    event = latest()
    execute("ALTER TABLE captured_product ALTER colour SET NOT NULL")
    assert refused(event) == [("required", "colour", True)]
    event.revert(force=True)
    assert Product.objects.values_list("colour", "price").get() == ("red", None)


def test_all_conflicts_of_a_transaction_are_told_at_once():
    start = last_event()
    Customer.objects.create(name="Ann")
    Seat.objects.create(hall="a", number=1)
    middle = last_event()
    Customer.objects.update(email="a")
    Seat.objects.update(guest="Ann")
    events = AuditEvent.objects.filter(id__gt=start, id__lte=middle)
    with pytest.raises(RevertRefused) as caught:
        actions.revert_events(list(events), {}, force=False, dry_run=False)
    assert [(each.label, each.field) for each in caught.value.conflicts] == [
        ("captured.Customer", "email"),
        ("captured.Seat", "guest"),
    ]


def test_the_callers_transaction_goes_on_after_a_refusal():
    customer = Customer.objects.create(name="Ann")
    event = latest()
    Order.objects.create(customer=customer)
    with transaction.atomic():
        refused(event)
        Customer.objects.update(email="still here")
    assert Customer.objects.get().email == "still here"
