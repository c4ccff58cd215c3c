"""A transaction is taken back as a whole: links, cascades and swapped values included."""

import pytest
from django.db import transaction

import trigger_audit
from tests.capture.events import Exactly, execute, inserted, recorded
from tests.captured.models import (
    Category,
    Counter,
    Customer,
    ExpressParcel,
    Label,
    Parcel,
    Seat,
)
from tests.example.models import Book, Publisher, Tag
from tests.reading.tables import last_event, latest, revert_since, rows_of
from trigger_audit.exceptions import NothingRecorded

pytestmark = pytest.mark.django_db

TABLES = [
    "captured_category",
    "captured_counter",
    "captured_customer",
    "captured_expressparcel",
    "captured_order",
    "captured_parcel",
    "captured_parcel_labels",
    "captured_seat",
    "library_book",
    "library_book_tags",
    "library_publisher",
]


def taken_back(write):
    """What ``write`` did, taken back and then done again by taking that back; the first plan."""
    before, start = rows_of(TABLES), last_event()
    write()
    after, middle = rows_of(TABLES), last_event()
    planned = revert_since(start, dry_run=True)
    assert (rows_of(TABLES), last_event()) == (after, middle)
    plan = revert_since(start)
    assert plan == planned
    assert rows_of(TABLES) == before
    revert_since(middle)
    assert rows_of(TABLES) == after
    return plan


@pytest.mark.django_db(transaction=True)
def test_a_transaction_by_its_id():
    with transaction.atomic():
        publisher = Publisher.objects.create(name="P")
        book = Book.objects.create(title="B", price=1, publisher=publisher)
    rows = rows_of(TABLES)
    with transaction.atomic():
        Publisher.objects.all().delete()
    deletion = latest()
    with recorded() as events:
        plan = trigger_audit.revert_transaction(deletion.txid)
    told = {"reverts_transaction": deletion.txid}
    images = [
        {"id": publisher.pk, "name": "P"},
        {"id": book.pk, "title": "B", "price": Exactly("1.00"), "publisher_id": publisher.pk},
    ]
    assert events == [
        inserted("library_publisher", str(publisher.pk), images[0], context=told),
        inserted("library_book", str(book.pk), images[1], context=told),
    ]
    assert [change.new for change in plan] == images
    assert rows_of(TABLES) == rows
    assert latest().txid != deletion.txid
    trigger_audit.revert_transaction(str(latest().txid))
    assert not Publisher.objects.exists()


@pytest.mark.django_db(databases=["default", "other"])
def test_a_transaction_that_is_not_there():
    with pytest.raises(NothingRecorded, match="transaction 1 in database 'other'"):
        trigger_audit.revert_transaction(1, using="other")


def test_cascades_and_links():
    publisher = Publisher.objects.create(name="P")
    book = Book.objects.create(title="B", price=1, publisher=publisher)
    book.tags.set([Tag.objects.create(name=name) for name in "ab"])
    plan = taken_back(publisher.delete)
    assert [(change.op, change.label) for change in plan] == [
        ("INSERT", "library.Publisher"),
        ("INSERT", "library.Book"),
        ("INSERT", "library.Book_tags"),
        ("INSERT", "library.Book_tags"),
    ]


def test_all_that_was_made():
    def write():
        publisher = Publisher.objects.create(name="P")
        book = Book.objects.create(title="B", price=1, publisher=publisher)
        book.tags.set([Tag.objects.create(name=name) for name in "ab"])
        book.title = "C"
        book.save()

    assert {change.op for change in taken_back(write)} == {"DELETE"}


def test_rows_of_several_tables_make_one_object():
    def write():
        parcel = ExpressParcel.objects.create(weight=1, hours=2)
        parcel.labels.set([Label.objects.create(name="fragile")])

    taken_back(write)
    write()
    plan = taken_back(ExpressParcel.objects.all().delete)
    assert {change.label for change in plan} == {
        "captured.Parcel",
        "captured.ExpressParcel",
        "captured.Parcel_labels",
    }


def test_what_came_and_went_is_left_alone():
    customer = Customer.objects.create(name="Bob")

    def write():
        Customer.objects.create(name="Ann").delete()
        Customer.objects.update(email="b")
        Customer.objects.update(email=None)
        customer.refresh_from_db()

    assert list(taken_back(write)) == []


def test_a_row_is_written_once_however_often_it_changed():
    customer = Customer.objects.create(name="Ann")

    def write():
        for email in "abc":
            customer.email = email
            customer.save()

    (change,) = taken_back(write)
    assert (change.old, change.new, len(change.reverts)) == ({"email": "c"}, {"email": None}, 3)


def test_a_row_that_was_deleted_and_made_again():
    Seat.objects.create(hall="a", number=1, guest="Ann")

    def write():
        Seat.objects.all().delete()
        Seat.objects.create(hall="a", number=1, guest="Bob")

    (change,) = taken_back(write)
    assert (change.op, change.new) == ("UPDATE", {"guest": "Ann"})


def test_unique_values_that_were_swapped():
    """No order of two updates does it: the way back is the way there."""
    Customer.objects.bulk_create(Customer(pk=pk, name=str(pk)) for pk in (1, 2))

    def write():
        execute("UPDATE captured_customer SET name = 'x' WHERE id = 1")
        execute("UPDATE captured_customer SET name = '1' WHERE id = 2")
        execute("UPDATE captured_customer SET name = '2' WHERE id = 1")

    taken_back(write)


def test_unique_values_that_were_handed_on():
    Customer.objects.bulk_create(Customer(pk=pk, name=str(pk)) for pk in (1, 2, 3))

    def write():
        execute("DELETE FROM captured_customer WHERE id = 2")
        execute("UPDATE captured_customer SET name = '2' WHERE id = 1")
        execute("UPDATE captured_customer SET name = '1' WHERE id = 3")

    plan = taken_back(write)
    assert [change.object_id for change in plan] == ["3", "1", "2"]


def test_keys_that_were_shifted_in_one_statement():
    execute("ALTER TABLE captured_counter DROP CONSTRAINT captured_counter_pkey")
    execute("ALTER TABLE captured_counter ADD PRIMARY KEY (number) DEFERRABLE")
    Counter.objects.bulk_create(Counter(number=n, label=label) for n, label in enumerate("abc", 1))

    def write():
        Counter.objects.create(number=4, label="d")
        execute("UPDATE captured_counter SET number = number + 1")

    taken_back(write)


def test_a_tree_whose_keys_changed():
    for code, parent in [("a", None), ("b", "a"), ("c", "b")]:
        Category.objects.create(code=code, parent_id=parent)

    def write():
        execute("UPDATE captured_category SET code = code || 'x', parent_id = parent_id || 'x'")
        Category.objects.get(pk="bx").delete()
        Category.objects.create(code="b")

    taken_back(write)


CASCADES = """
    ALTER TABLE captured_order ADD CONSTRAINT cascades FOREIGN KEY (customer_id)
    REFERENCES captured_customer ON UPDATE CASCADE ON DELETE {0}
"""


@pytest.mark.parametrize("action", ["CASCADE", "SET NULL", "RESTRICT", "CASCADE DEFERRABLE"])
def test_constraints_that_the_database_sees_to(action):
    execute(CASCADES.format(action))

    def write():
        execute("INSERT INTO captured_customer VALUES (1, 'Ann'), (2, 'Bob')")
        execute("INSERT INTO captured_order VALUES (1, 1, 1), (2, 2, 2)")

    def change():
        execute("UPDATE captured_customer SET id = id + 10")
        if action == "RESTRICT":
            execute("DELETE FROM captured_order WHERE id = 1")
        execute("DELETE FROM captured_customer WHERE id = 11")

    taken_back(write)
    taken_back(change)


def test_a_key_that_went_to_another_row():
    Category.objects.create(code="b")

    def write():
        execute("UPDATE captured_category SET code = 'a' WHERE code = 'b'")
        Category.objects.create(code="b")

    taken_back(write)


def test_many_rows_take_few_statements(django_assert_max_num_queries):
    Parcel.objects.bulk_create(Parcel(weight=1) for _ in range(3000))
    start = last_event()
    Parcel.objects.all().delete()
    with django_assert_max_num_queries(60):
        assert len(revert_since(start)) == 3000
