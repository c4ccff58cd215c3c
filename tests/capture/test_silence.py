"""What changed nothing leaves nothing."""

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from tests.capture.events import execute, inserted, recorded
from tests.captured.models import Customer, Patient

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer():
    return Customer.objects.create(name="Ann", email="ann@example.org")


@pytest.fixture
def refusal():
    """A BEFORE trigger that drops what it is given, or raises."""

    def install(events, body):
        execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN {body}; END $$;"
            f"CREATE TRIGGER refuse BEFORE {events} ON captured_customer"
            " FOR EACH ROW EXECUTE FUNCTION refuse()"
        )

    return install


def test_save_that_changes_nothing(customer):
    with recorded() as events:
        customer.save()
    assert events == []


def test_there_and_back_are_two_changes_and_not_none(customer):
    with recorded() as events:
        Customer.objects.update(email=None)
        Customer.objects.update(email="ann@example.org")
    assert [event.new["email"] for event in events] == [None, "ann@example.org"]


def test_only_the_rows_that_changed_leave_an_event(customer):
    Customer.objects.create(name="Bob")
    with recorded() as events:
        Customer.objects.update(email="ann@example.org")
    assert [event.new["name"] for event in events] == ["Bob"]


def test_change_of_excluded_columns():
    patient = Patient.objects.create(name="Ann")
    with recorded() as events:
        patient.notes = "Called twice."
        patient.save()
    assert events == []


def test_statement_that_matches_no_row(customer):
    with recorded() as events:
        assert Customer.objects.filter(name="Bob").update(email=None) == 0
        assert execute("DELETE FROM captured_customer WHERE name = 'Bob'") == 0
        assert execute("INSERT INTO captured_customer SELECT * FROM captured_customer LIMIT 0") == 0
    assert events == []


def test_conflict_that_does_nothing(customer):
    with recorded() as events:
        execute("INSERT INTO captured_customer (name) VALUES ('Ann') ON CONFLICT DO NOTHING")
        execute(
            "INSERT INTO captured_customer (name) VALUES ('Ann')"
            " ON CONFLICT (name) DO UPDATE SET email = captured_customer.email"
        )
    assert events == []


def test_savepoint_that_is_rolled_back(customer):
    with recorded() as events:
        with transaction.atomic():
            Customer.objects.create(name="Bob")
            customer.delete()
            transaction.set_rollback(True)
        execute("INSERT INTO captured_customer (id, name) VALUES (7, 'Cem')")
    cem = {"id": 7, "name": "Cem", "email": None}
    assert events == [inserted("captured_customer", "7", cem)]


@pytest.mark.django_db(transaction=True)
def test_transaction_that_is_rolled_back(customer):
    with recorded() as events:
        with transaction.atomic():
            Customer.objects.create(name="Bob")
            transaction.set_rollback(True)
        assert Customer.objects.count() == 1
    assert events == []


def test_row_that_a_constraint_refuses(customer):
    with recorded() as events:
        with pytest.raises(IntegrityError), transaction.atomic():
            Customer.objects.bulk_create([Customer(name="Bob"), Customer(name="Ann")])
        assert Customer.objects.count() == 1
    assert events == []


@pytest.mark.django_db(transaction=True)
def test_row_that_a_deferred_constraint_refuses():
    with recorded() as events:
        with pytest.raises(IntegrityError):
            write_and_violate()
        assert not Customer.objects.exists()
    assert events == []


@transaction.atomic
def write_and_violate():
    execute(
        "CREATE TABLE page (customer_id bigint REFERENCES captured_customer"
        " DEFERRABLE INITIALLY DEFERRED)"
    )
    Customer.objects.create(name="Ann")
    execute("INSERT INTO page VALUES (-1)")


@pytest.mark.parametrize("operation", ["INSERT", "UPDATE", "DELETE"])
def test_rows_that_a_before_trigger_drops(customer, refusal, operation):
    refusal(operation, "RETURN NULL")
    statement = {
        "INSERT": "INSERT INTO captured_customer (name) VALUES ('Bob')",
        "UPDATE": "UPDATE captured_customer SET name = 'Bob'",
        "DELETE": "DELETE FROM captured_customer",
    }[operation]
    with recorded() as events:
        assert execute(statement) == 0
    assert events == []


def test_row_that_a_before_trigger_refuses(customer, refusal):
    refusal("UPDATE", "RAISE 'no'")
    with recorded() as events:
        with pytest.raises(DatabaseError), transaction.atomic():
            Customer.objects.update(name="Bob")
        assert Customer.objects.filter(name="Ann").exists()
    assert events == []


def test_before_trigger_that_takes_the_change_back(customer, refusal):
    refusal("UPDATE", "RETURN OLD")
    with recorded() as events:
        assert execute("UPDATE captured_customer SET name = 'Bob'") == 1
    assert events == []
