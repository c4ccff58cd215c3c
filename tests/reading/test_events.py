"""An event's model, row, images as instances, and changes."""

import json
import pickle
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, models

from tests.capture import tables
from tests.capture.events import execute, query
from tests.captured.models import Category, Customer, Order, Product, Seat
from tests.example.models import Book, Loan, Publisher, Tag
from trigger_audit import exceptions
from trigger_audit.changes import Change
from trigger_audit.models import AuditEvent
from trigger_audit.pages import _parts

pytestmark = pytest.mark.django_db

EVENTS = AuditEvent.objects


def plain(row):
    return {field.name: getattr(row, field.attname) for field in row._meta.concrete_fields}


@pytest.fixture
def emma():
    penguin = Publisher.objects.create(name="Penguin")
    return Book.objects.create(title="Emma", price="5.10", publisher=penguin)


def test_images_are_instances(emma):
    Book.objects.filter(pk=emma.pk).update(price="6.00")
    event = EVENTS.for_object(emma).changed("price").get()
    was = {"id": emma.pk, "title": "Emma", "price": Decimal("5.10"), "publisher": emma.publisher_id}
    assert (type(event.before), plain(event.before)) == (Book, was)
    assert plain(event.after) == {**was, "price": Decimal("6.00")}
    assert event.before._state.adding
    assert event.before.kept_aside == {}
    assert event.before.publisher == emma.publisher


def test_an_insert_has_no_before_and_a_delete_no_after(emma):
    emma.delete()
    inserted, deleted = EVENTS.for_model(Book)
    assert (inserted.before, deleted.after) == (None, None)
    assert plain(inserted.after) == plain(deleted.before)


def test_an_image_of_changes_tells_of_no_other_field(emma):
    loan = Loan.objects.create(book=emma, card_number="1")
    Loan.objects.update(returned_at="2026-01-02T03:04:05+00:00")
    after = EVENTS.for_object(loan).changed("returned_at").get().after
    assert (after.pk, after.returned_at.isoformat()) == (loan.pk, "2026-01-02T03:04:05+00:00")
    with pytest.raises(exceptions.NotRecorded, match=r"library.Loan.book_id"):
        after.book  # noqa: B018  # Reading it is what fails.


def test_a_model_that_reads_its_fields_when_it_is_made_is_told_nothing_of_now(
    emma, monkeypatch, django_assert_num_queries
):
    make = Loan.__init__

    def track(self, *values, **named):
        make(self, *values, **named)
        self.loaded = self.card_number, self.returned_at

    monkeypatch.setattr(Loan, "__init__", track)
    Loan.objects.create(book=emma, card_number="1")
    Loan.objects.update(returned_at="2026-01-02T03:04:05+00:00")
    event = EVENTS.for_model(Loan).changed("returned_at").get()
    assert event.model is Loan
    with django_assert_num_queries(0):
        after = event.after
        assert after.loaded == (None, after.returned_at)
        with pytest.raises(exceptions.NotRecorded, match=r"library.Loan.card_number"):
            after.card_number  # noqa: B018  # Reading it is what fails.


def test_a_redacted_value_reads_so(emma):
    loan = Loan.objects.create(book=emma, card_number="1")
    (event,) = EVENTS.for_object(loan)
    assert event.after.card_number == "[redacted]"


def test_a_redacted_value_of_another_type_reads_so(emma, audit):
    audit(Book, redact=["price", "publisher"])
    Book.objects.update(price="6.00")
    event = EVENTS.get(op="UPDATE")
    assert (event.before.price, event.after.price) == ("[redacted]", "[redacted: changed]")
    assert event.after.kept_aside == {"publisher_id": "[redacted]"}
    with pytest.raises(exceptions.NotRecorded, match=r"library.Book.publisher_id"):
        event.after.publisher  # noqa: B018  # Reading it is what fails.


def test_columns_of_no_field_are_kept_aside(emma):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL trigger_audit.allow_change = 'a column of old'")
        cursor.execute(
            'UPDATE trigger_audit_event SET new = new || \'{"isbn": "1", "price": "cheap"}\''
            " WHERE table_name = 'library_book'"
        )
    event = EVENTS.for_object(emma).get(op="INSERT")
    assert event.after.kept_aside == {"isbn": "1", "price": "cheap"}
    with pytest.raises(exceptions.NotRecorded, match=r"library.Book.price"):
        event.after.price  # noqa: B018  # Reading it is what fails.
    changes = {change.field: change.new for change in event.changes}
    assert (changes["isbn"], changes["price"], changes["title"]) == ("1", "cheap", "Emma")


def renamed(kind, old, new):
    """As migrations note it that renamed a column, or a table, to what it is called now."""
    query(
        "SELECT trigger_audit_record_rename('captured_product', %s, %s)::text",
        [json.dumps({f"{kind}_name": name}) for name in (old, new)],
    )


def test_a_column_that_got_the_name_of_a_dropped_one():
    Product.objects.create(name="pen", price=7)
    product = Product.objects.get()
    Product.objects.all().delete()
    query("SELECT set_config('trigger_audit.allow_change', 'a column of old', true)")
    execute(
        "UPDATE trigger_audit_event SET new = new || '{\"cost\": 5.00}',"
        " old = old || '{\"cost\": 5.00}' WHERE table_name = 'captured_product'"
    )
    renamed("column", "cost", "price")
    inserted, deleted = EVENTS.for_model(Product).exclude(op="RENAME")
    assert (inserted.after.price, deleted.before.price) == (Decimal("5.00"), Decimal("5.00"))
    assert inserted.after.kept_aside == {"price (dropped)": Decimal("7.00")}
    assert [(each.field, each.new) for each in inserted.changes] == [
        ("id", product.pk),
        ("name", "pen"),
        ("price", Decimal("5.00")),
        ("price (dropped)", Decimal("7.00")),
    ]
    (change,) = deleted.revert()
    assert change.lost == {"price (dropped)": Decimal("7.00")}
    assert Product.objects.get().price == Decimal("5.00")


def test_a_table_that_got_the_name_of_a_dropped_one():
    Product.objects.create(name="pen")
    event = EVENTS.for_model(Product).get()
    renamed("table", "former", "captured_product")
    assert not EVENTS.for_model(Product).exists()
    event = EVENTS.get(pk=event.pk)
    assert (event.model, event.object) == (None, None)
    with pytest.raises(exceptions.RevertRefused) as refused:
        event.revert()
    assert [each.kind for each in refused.value.conflicts] == ["model gone"]


def test_the_model_and_the_row_of_an_event(emma):
    seat = Seat.objects.create(hall="a", number=2)
    Seat.objects.filter(pk=seat.pk).update(guest="Bob")
    Category.objects.create(code="x")
    Category.objects.update(code="y")
    assert {event.model for event in EVENTS.for_model(Seat)} == {Seat}
    assert [event.object for event in EVENTS.for_model(Seat)] == [seat, seat]
    assert [event.object for event in EVENTS.for_model(Category)] == [None, Category(code="y")]
    gone = EVENTS.for_object(emma)[0]
    emma.delete()
    assert gone.object is None


def test_changes_name_fields_and_show_what_people_read(emma):
    viking = Publisher.objects.create(name="Viking")
    Book.objects.filter(pk=emma.pk).update(publisher=viking, price="6.00")
    event = EVENTS.for_object(emma).changed("price").get()
    assert event.changes == [
        Change("price", "price", Decimal("5.10"), Decimal("6.00"), "5.10", "6.00"),
        Change("publisher", "publisher", emma.publisher_id, viking.pk, "Penguin", "Viking"),
    ]


def test_changes_of_an_insert_are_what_is_not_null():
    book = Book.objects.create(title="Emma", price="5.10")
    (event,) = EVENTS.for_object(book)
    assert event.changes == [
        Change("id", "ID", None, book.pk, "", str(book.pk)),
        Change("title", "title", None, "Emma", "", "Emma"),
        Change("price", "price", None, Decimal("5.10"), "", "5.10"),
    ]


def test_a_deleted_target_shows_as_its_key(emma):
    key = emma.publisher_id
    emma.publisher.delete()
    event = EVENTS.for_model(Book).get(op="DELETE")
    assert [(each.field, each.old_display) for each in event.changes][-1] == ("publisher", str(key))


class CustomersAreElsewhere:
    def allow_migrate(self, db, app_label, model_name=None, **hints):
        return False if (db, model_name) == ("other", "customer") else None


@pytest.mark.django_db(databases=["default", "other"])
def test_a_target_in_another_database_is_shown(settings):
    settings.DATABASE_ROUTERS = [CustomersAreElsewhere()]
    customer = Customer.objects.create(name="Ann")
    Order.objects.using("other").create(customer_id=customer.pk)
    changes = EVENTS.using("other").latest("id").changes
    assert [each.new_display for each in changes] == ["1", str(customer), "0.00"]


def test_a_link_is_an_event_of_its_own_model(emma):
    classic = Tag.objects.create(name="classic")
    emma.tags.add(classic)
    event = EVENTS.get(table_name="library_book_tags")
    assert event.model is Book.tags.through
    shown = {change.field: change.new_display for change in event.changes}
    assert (shown["book"], shown["tag"]) == ("Emma", "classic")


def test_a_page_asks_no_more_than_an_event(emma, django_assert_num_queries):
    for number in range(30):
        publisher = Publisher.objects.create(name=str(number))
        Book.objects.create(title=str(number), price=number, publisher=publisher)
    with django_assert_num_queries(5):  # Events, renames, tables, publishers, books.
        for event in EVENTS.for_model(Book):
            shown = [change.new_display for change in event.changes]
            assert shown[-1] == (event.object.title.replace("Emma", "Penguin"))
            assert event.object.title == event.after.title


def test_events_that_stream_share_their_pages(emma, django_assert_max_num_queries):
    Book.objects.bulk_create(Book(title=str(number), price=1) for number in range(1200))
    with django_assert_max_num_queries(12):
        titles = [event.after.title for event in EVENTS.for_model(Book).iterator(chunk_size=300)]
    assert titles == ["Emma", *map(str, range(1200))]


def test_a_table_that_is_no_model_s(emma):
    event = AuditEvent(
        op="INSERT", table_schema="public", table_name="gone", object_id="1", id=1, new={"a": 1}
    )
    assert (event.model, event.object) == (None, None)
    assert event.changes == [Change("a", "a", None, 1, "", "1")]
    with pytest.raises(exceptions.ModelGone, match=r"public\.gone, event 1"):
        event.after  # noqa: B018  # Reading it is what fails.


def test_an_event_is_pickled_without_its_page(emma):
    event = EVENTS.for_object(emma)[0]
    assert event.after.title == "Emma"
    copied = pickle.loads(pickle.dumps(event))
    assert "_page" not in copied.__dict__
    assert copied.changes == event.changes


@pytest.mark.parametrize("op", ["TRUNCATE", "RENAME", "SNAPSHOT"])
def test_other_events_change_no_field(op):
    images = {"old": {"table_name": "a"}, "new": {"table_name": "b"}} if op == "RENAME" else {}
    event = AuditEvent(op=op, table_schema="public", table_name="library_book", id=1, **images)
    assert (event.changes, event.before, event.after, event.object) == ([], None, None, None)


def test_a_key_is_read_by_the_type_of_its_column():
    lasting = tables.model("lasting", at=models.DurationField(primary_key=True))
    assert _parts(lasting, "1 day 01:30:00", "default") == (timedelta(days=1, minutes=90),)
    assert _parts(lasting, "never", "default") is None
    assert _parts(Seat, '["a", 2]', "default") == ("a", 2)
    assert _parts(Seat, '["a"]', "default") is None
