"""A model's rows are read as they were, by a queryset as any other that only reads."""

import pickle
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.db.models import F, Q, QuerySet, Sum
from django.test import override_settings

from tests.awkward.models import Linked, Proxy, Silent, Titled
from tests.captured.models import Label, Patient, Product
from tests.example.models import Book, Tag
from tests.reading.moments import moment, titles
from trigger_audit import as_of, exceptions
from trigger_audit.models import AuditEvent

pytestmark = pytest.mark.django_db


def test_rows_are_instances_with_the_values_of_then(then):
    books = as_of(Book, then).order_by("pk")
    assert [(type(book), book.title, book.price) for book in books] == [
        (Book, "Emma", Decimal("1.50")),
        (Book, "Dune", Decimal("9.90")),
        (Book, "Ulysses", Decimal("5.00")),
    ]
    assert [(book._state.adding, book._state.db) for book in books] == [(False, "default")] * 3
    assert titles(Book.objects.order_by("pk")) == ["Emma!", "Ulysses!", "Emma"]


def test_a_model_may_be_named(then):
    assert list(as_of("library.Book", then)) == list(as_of(Book, then))


def test_each_moment_has_its_rows():
    begin, seen = moment(), []
    for price in (1, 2):
        Product.objects.create(name="pen", price=price)
        Product.objects.update(price=F("price") + 1)
        seen.append(moment())
    Product.objects.all().delete()
    prices = [
        list(as_of(Product, when).order_by("price").values_list("price", flat=True))
        for when in [begin, *seen, moment()]
    ]
    assert prices == [[], [2], [3, 3], []]


def test_what_was_written_at_the_moment_itself_counts():
    book = Book.objects.create(title="Emma", price=1)
    (at,) = AuditEvent.objects.values_list("at", flat=True)
    book.delete()
    assert titles(as_of(Book, at)) == ["Emma"]
    assert titles(as_of(Book, at - timedelta(microseconds=1))) == []


def test_filters_and_orders(then):
    books = as_of(Book, then)
    assert titles(books.filter(price__gt=2).order_by("-title")) == ["Ulysses", "Dune"]
    assert titles(books.exclude(title="Emma").order_by("price")) == ["Ulysses", "Dune"]
    assert titles(books.filter(Q(title="Emma") | Q(price=5)).order_by("title")) == [
        "Emma",
        "Ulysses",
    ]
    assert titles(books.filter(title="Emma") | books.filter(price=5)) == ["Emma", "Ulysses"]
    assert titles(books.filter(title="Emma!")) == []
    assert titles(books.order_by("title")[1:]) == ["Emma", "Ulysses"]
    assert titles(books.none()) == []
    assert books.get(title="Dune").price == Decimal("9.90")
    assert (books.earliest("price").title, books.latest("price").title) == ("Emma", "Dune")
    assert titles(books.distinct("publisher").order_by("publisher", "title")) == [
        "Emma",
        "Dune",
        "Ulysses",
    ]


def test_counts_and_aggregates(then, django_assert_num_queries):
    books = as_of(Book, then)
    with django_assert_num_queries(6):
        assert books.count() == 3
        assert books[:2].count() == 2
        assert books.filter(title="Dune").exists()
        assert books.aggregate(Sum("price")) == {"price__sum": Decimal("16.40")}
        assert books.order_by("price")[:2].aggregate(sum=Sum("price")) == {"sum": Decimal("6.50")}
        assert not books.contains(Book(pk=0))


def test_iterates_evaluates_and_pickles(then):
    books = as_of(Book, then).order_by("pk")
    assert list(books.iterator(chunk_size=2)) == list(books)
    assert books.in_bulk() == {book.pk: book for book in books}
    assert [book.title for book in books.only("title")] == ["Emma", "Dune", "Ulysses"]
    assert list(books.dates("loan__returned_at", "year")) == []
    assert "trigger_audit_as_of" in books.explain()
    copied = pickle.loads(pickle.dumps(books))
    assert [book.title for book in copied] == ["Emma", "Dune", "Ulysses"]
    again = as_of(Book, then)
    again.query = pickle.loads(pickle.dumps(books.filter(price=5).query))
    assert titles(again) == titles(copied.filter(price=5)) == ["Ulysses"]


def test_reads_without_blocking(then):
    async def read():
        books = as_of(Book, then).order_by("pk")
        first = await books.afirst()
        return [await books.acount(), first.title, *[book.title async for book in books]]

    assert async_to_sync(read)() == [3, "Emma", "Emma", "Dune", "Ulysses"]
    with pytest.raises(exceptions.ReadOnlyPast):
        async_to_sync(as_of(Book, then).aupdate)(title="x")


class Cheap(QuerySet):
    def cheap(self):
        return self.filter(price__lt=6)


class Shown(Cheap.as_manager().__class__):
    def get_queryset(self):
        return super().get_queryset().filter(title="Emma")


def test_has_the_methods_of_the_default_manager_and_not_its_filters(then, monkeypatch):
    manager = Shown()
    manager.model = Book
    monkeypatch.setattr(Book._meta, "default_manager", manager)
    books = as_of(Book, then).order_by("pk")
    assert titles(books) == ["Emma", "Dune", "Ulysses"]
    assert titles(books.cheap()) == ["Emma", "Ulysses"]
    copied = pickle.loads(pickle.dumps(books))
    assert titles(copied.cheap()) == ["Emma", "Ulysses"]
    with pytest.raises(exceptions.ReadOnlyPast):
        copied.cheap().delete()


def test_writes_are_refused(then):
    books = as_of(Book, then)
    book = books[0]
    for write in [
        lambda: books.create(title="x"),
        lambda: books.get_or_create(title="x"),
        lambda: books.update_or_create(title="x"),
        lambda: books.bulk_create([book]),
        lambda: books.bulk_update([book], ["title"]),
        lambda: books.update(title="x"),
        lambda: books.filter(title="Emma").update(title="x"),
        books.delete,
        books.select_for_update,
    ]:
        with pytest.raises(exceptions.ReadOnly, match=r"past cannot be written.*library.Book"):
            write()


def test_excluded_fields_are_null_and_redacted_values_unknown():
    Patient.objects.create(name="Ann", ailment="cough", notes="rude")
    then = moment()
    Patient.objects.all().delete()
    assert list(as_of(Patient, then).values_list("name", "ailment", "notes")) == [
        ("Ann", "[redacted]", None)
    ]


@pytest.mark.parametrize(
    "when",
    [
        datetime(2026, 1, 1),
        datetime(9000, 1, 1, tzinfo=timezone.utc),
        datetime(2026, 1, 1).date(),
        "2026-01-01",
        None,
    ],
    ids=["naive", "future", "date", "text", "none"],
)
def test_no_other_moments(when):
    for subject in (Book, Book(pk=1)):
        with pytest.raises(exceptions.InvalidMoment):
            as_of(subject, when)


@override_settings(USE_TZ=False, TIME_ZONE="Asia/Tokyo")
def test_a_naive_moment_is_of_the_time_zone_where_all_are():
    Book.objects.create(title="Emma", price=1)
    then = moment()
    Book.objects.update(title="Dune")
    assert titles(as_of(Book, then)) == ["Emma"]
    local = then.astimezone(timezone(timedelta(hours=9))).replace(tzinfo=None)
    assert titles(as_of(Book, local)) == ["Emma"]


def test_a_clock_that_is_ahead_of_the_databases_makes_no_future():
    Book.objects.create(title="Emma", price=1)
    ahead = moment() + timedelta(milliseconds=900)
    assert titles(as_of(Book, ahead)) == ["Emma"]


@pytest.mark.parametrize(
    ("subject", "error"),
    [
        (Silent, None),
        (Tag, exceptions.NotAudited),
        (Linked, exceptions.NotAudited),
        (Titled, exceptions.NotAudited),
        (Label(pk=1), exceptions.NotAudited),
        (Book(), exceptions.UnsavedObject),
        (Book(pk="x"), exceptions.InvalidKey),
        (Book(pk=-(2**63) - 1), exceptions.InvalidKey),
        ("library.Nothing", exceptions.UnknownModel),
        ("Nothing", exceptions.UnknownModel),
        (int, exceptions.UnknownModel),
        (None, exceptions.UnknownModel),
    ],
)
def test_no_other_subjects(subject, error):
    if error is None:
        assert list(as_of(subject, moment())) == list(as_of(Proxy, moment())) == []
        return
    with pytest.raises(error):
        as_of(subject, moment())


def test_models_that_are_not_the_projects_own():
    user = User.objects.create(username="ann", password="secret")
    then = moment()
    user.delete()
    assert list(as_of(User, then).values_list("username", "password")) == [("ann", None)]
