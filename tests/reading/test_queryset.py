"""Events of a model, a row, a field, a user, a span of time, a transaction, a context."""

from datetime import datetime, timedelta
from datetime import timezone as zones
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.db import connection
from django.utils import timezone

import trigger_audit
from tests.awkward.models import Car, Grandchild, UuidKey
from tests.captured.models import Category, Product, Seat
from tests.example.models import Book, Loan, Publisher, Tag
from trigger_audit import exceptions
from trigger_audit.models import AuditEvent

pytestmark = pytest.mark.django_db

EVENTS = AuditEvent.objects


def told(events):
    return [(event.op, event.table_name, event.object_id) for event in events]


@pytest.fixture
def emma():
    return Book.objects.create(title="Emma", price="5.10")


@pytest.mark.parametrize("model", [Book, "library.Book", "library.book"])
def test_the_events_of_a_model(emma, model):
    Publisher.objects.create(name="Penguin")
    key = str(emma.pk)
    emma.delete()
    assert told(EVENTS.for_model(model)) == [
        ("INSERT", "library_book", key),
        ("DELETE", "library_book", key),
    ]


def test_the_events_of_a_row_and_of_its_links(emma):
    other = Book.objects.create(title="Persuasion", price="4.00")
    classic = Tag.objects.create(name="classic")
    emma.tags.add(classic)
    other.tags.add(classic)
    link, _ = Book.tags.through.objects.order_by("pk")
    emma.tags.clear()
    links = [
        ("INSERT", "library_book_tags", str(link.pk)),
        ("DELETE", "library_book_tags", str(link.pk)),
    ]
    own = [("INSERT", "library_book", str(emma.pk))]
    assert told(EVENTS.for_object(emma)) == own + links
    assert told(EVENTS.for_object(emma, many_to_many=False)) == own


def test_a_row_is_found_by_any_kind_of_key():
    for row in (Category.objects.create(code="é'\"x"), Seat.objects.create(hall="a", number=2)):
        (event,) = EVENTS.for_object(row)
        assert (event.op, event.object) == ("INSERT", row)


def test_a_deleted_row_still_has_its_events(emma):
    key = emma.pk
    Book.objects.all().delete()
    assert [event.op for event in EVENTS.for_object(Book(pk=key))] == ["INSERT", "DELETE"]


def test_a_row_that_inherits_is_found_by_its_key_alone():
    for row in (
        Car.objects.create(name="Beetle", doors=3),
        Grandchild.objects.create(title="a", note="b", pages=1),
    ):
        row.tags.add(Tag.objects.create(name="old")) if hasattr(row, "tags") else None
        known = told(EVENTS.for_object(row))
        assert len(known) == 2
        assert told(EVENTS.for_object(type(row)(pk=row.pk))) == known


def test_updates_that_changed_a_field(emma):
    penguin = Publisher.objects.create(name="Penguin")
    for changed in ({"price": "6.00"}, {"title": "E"}, {"publisher": penguin}):
        Book.objects.filter(pk=emma.pk).update(**changed)
    *_, price, title, publisher = EVENTS.for_model(Book)
    assert list(EVENTS.for_model(Book).changed("price")) == [price]
    assert list(EVENTS.for_model(Book).changed("price", "publisher")) == [price, publisher]
    assert list(EVENTS.for_object(emma).changed("publisher_id")) == [publisher]
    assert list(EVENTS.changed("title")) == [title]
    assert list(EVENTS.changed("publisher")) == [publisher]


def test_updates_that_changed_a_redacted_field(emma):
    loan = Loan.objects.create(book=emma, card_number="1")
    Loan.objects.update(returned_at=timezone.now())
    assert not EVENTS.for_object(loan).changed("card_number").exists()
    Loan.objects.update(card_number="2")
    assert EVENTS.for_object(loan).changed("card_number").get().op == "UPDATE"


def test_a_number_that_became_the_text_of_it_changed():
    Product.objects.create(name="pen", attributes=1.5)
    Product.objects.update(attributes="1.5")
    Product.objects.update(price=1)
    (event,) = EVENTS.for_model(Product).changed("attributes")
    assert (event.old, event.new) == ({"attributes": Decimal("1.5")}, {"attributes": "1.5"})


def test_what_a_user_did(emma):
    ann = User.objects.create(username="ann")
    with trigger_audit.context(user=ann, username="ann"):
        emma.save()
        Book.objects.update(title="by Ann")
    with trigger_audit.context(user="nightly"):
        Book.objects.update(title="by night")
    by_ann, by_night = EVENTS.for_model(Book).changed("title")
    for user in (ann, ann.pk, str(ann.pk), "ann"):
        assert list(EVENTS.by(user)) == [by_ann]
    assert list(EVENTS.by("nightly")) == [by_night]
    assert not EVENTS.by("bob").exists()


def test_a_user_is_found_by_the_index():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    assert "trigger_audit_event" in EVENTS.by(7).explain()
    assert "Index Scan" in EVENTS.by(7).order_by("at").explain()
    assert "((context ->> 'user'::text) = '7'::text)" in EVENTS.by(7).order_by("at").explain()


def test_a_row_is_found_by_the_index(emma):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    plan = EVENTS.for_object(emma, many_to_many=False).order_by("at").explain()
    assert "Index Cond: ((table_name = ANY (trigger_audit_names" in plan
    assert "object_id = (InitPlan" in plan or "object_id = $" in plan


def test_a_span_of_time_has_its_start_and_not_its_end(emma):
    (event,) = EVENTS.for_model(Book)
    second = timedelta(seconds=1)
    assert list(EVENTS.for_model(Book).between(event.at, event.at + second)) == [event]
    assert list(EVENTS.for_model(Book).between(event.at - second, event.at)) == []
    assert list(EVENTS.for_model(Book).between(None, event.at + second)) == [event]
    assert list(EVENTS.for_model(Book).between(event.at, None)) == [event]


def test_values_that_were_read_can_be_looked_for(emma):
    Book.objects.create(title="Persuasion", price="4.00")
    event = EVENTS.for_object(emma).get()
    for condition in [
        {"new__price": Decimal("5.10")},
        {"new__price__gt": Decimal("5.05")},
        {"new__price__in": [event.new["price"], 7]},
        {"new__contains": {"price": event.new["price"]}},
        {"new": event.new},
    ]:
        assert list(EVENTS.filter(**condition)) == [event]


def test_what_a_transaction_did(emma):
    (event,) = EVENTS.for_model(Book)
    assert list(EVENTS.transaction(event.txid)) == [event]
    assert not EVENTS.transaction(event.txid + 1).exists()


def test_what_the_context_told(emma):
    with trigger_audit.context(reason="sale", tags=["a", "b"], day=datetime(2026, 1, 2).date()):
        Book.objects.update(price="1.00")
    event = EVENTS.for_model(Book).changed("price").get()
    assert list(EVENTS.with_context(reason="sale", day=datetime(2026, 1, 2).date())) == [event]
    assert not EVENTS.with_context(reason="sale", tags=["c"]).exists()


def test_the_rest_is_a_queryset(emma):
    events = EVENTS.for_model(Book).filter(op="INSERT").order_by("-id")
    assert (events.count(), events.first().op, events[:1][0].op) == (1, "INSERT", "INSERT")
    assert list(events.values_list("op", "table_name")) == [("INSERT", "library_book")]
    assert [event.op for event in events.iterator()] == ["INSERT"]
    assert events.exclude(op="INSERT").union(events).count() == 1
    assert Publisher.objects.filter(pk__in=EVENTS.for_model(Book).values("id")).count() == 0


@pytest.mark.parametrize(
    "write",
    [
        lambda: EVENTS.create(op="INSERT"),
        lambda: EVENTS.bulk_create([AuditEvent()]),
        lambda: EVENTS.bulk_update([AuditEvent(pk=1)], ["op"]),
        lambda: EVENTS.update(op="DELETE"),
        lambda: EVENTS.get_or_create(op="x"),
        lambda: EVENTS.update_or_create(op="x"),
        lambda: EVENTS.all().delete(),
        lambda: EVENTS.for_model(Book).update(op="DELETE"),
        lambda: AuditEvent(pk=1).save(),
        lambda: AuditEvent(pk=1).save_base(raw=True),
        lambda: AuditEvent(pk=1).delete(),
    ],
)
def test_python_writes_no_events(write):
    with pytest.raises(exceptions.ReadOnly):
        write()


@pytest.mark.parametrize(
    ("ask", "error", "named"),
    [
        (lambda: EVENTS.for_model("library.Bok"), exceptions.UnknownModel, "library.Bok"),
        (lambda: EVENTS.for_model(7), exceptions.UnknownModel, "7"),
        (lambda: EVENTS.for_model(Tag), exceptions.NotAudited, "library.Tag"),
        (lambda: EVENTS.for_object(Tag(pk=1)), exceptions.NotAudited, "library.Tag"),
        (lambda: EVENTS.for_object(Book()), exceptions.UnsavedObject, "library.Book"),
        (lambda: EVENTS.for_object(None), exceptions.UnknownModel, "None"),
        (lambda: EVENTS.for_object(Book), exceptions.UnknownModel, "Book"),
        (lambda: EVENTS.for_object(Book(pk="x")), exceptions.InvalidKey, "'x' of library.Book.id"),
        (lambda: EVENTS.for_object(Book(pk=2**63)), exceptions.InvalidKey, f"{2**63} of library"),
        (lambda: EVENTS.for_object(UuidKey(pk=7.5)), exceptions.InvalidKey, "7.5"),
        (lambda: EVENTS.for_model(Book).changed(["price"]), exceptions.UnknownField, "price"),
        (lambda: EVENTS.by(None), exceptions.InvalidKey, "None"),
        (lambda: EVENTS.by(object()), exceptions.ContextNotSerializable, "object"),
        (lambda: EVENTS.with_context(a=object()), exceptions.ContextNotSerializable, "object"),
        (lambda: EVENTS.for_model(Book).changed("prize"), exceptions.UnknownField, "Book.prize"),
        (lambda: EVENTS.for_model(Book).changed("tags"), exceptions.UnknownField, "Book.tags"),
        (lambda: EVENTS.for_model(User).changed("password"), exceptions.UnknownField, "password"),
        (lambda: EVENTS.by(AnonymousUser()), exceptions.UnsavedObject, "AnonymousUser"),
        (lambda: EVENTS.between(datetime(2026, 1, 1), None), exceptions.InvalidMoment, "naive"),
        (lambda: EVENTS.between("2026", None), exceptions.InvalidMoment, "2026"),
    ],
)
def test_what_cannot_be_meant_is_told(ask, error, named):
    with pytest.raises(error, match=named):
        ask()


def test_moments_of_other_time_zones(emma):
    (event,) = EVENTS.for_model(Book)
    there = event.at.astimezone(zones(timedelta(hours=9)))
    assert list(EVENTS.for_model(Book).between(there, None)) == [event]
