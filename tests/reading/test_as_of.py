"""A model's rows are read as they were, by a queryset as any other that only reads."""

import pickle
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, Subquery, Sum, Value
from django.db.models.functions import Concat
from django.test import override_settings

from tests.awkward.models import Linked, Proxy, Silent, Titled
from tests.capture.events import execute
from tests.captured.models import Category, Label, Patient, Product
from tests.example.models import Book, Loan, Publisher, Tag
from tests.reading.moments import moment
from trigger_audit import as_of, exceptions
from trigger_audit.models import AuditEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def then():
    """A moment after which all has changed."""
    north, south = (Publisher.objects.create(name=name) for name in ("North", "South"))
    emma = Book.objects.create(title="Emma", price="1.50", publisher=north)
    dune = Book.objects.create(title="Dune", price="9.90", publisher=south)
    Book.objects.create(title="Ulysses", price="5.00")
    for name in ("old", "sold"):
        emma.tags.add(Tag.objects.create(name=name))
    Loan.objects.create(book=dune, card_number="123")
    then = moment()
    Loan.objects.all().delete()
    emma.tags.clear()
    dune.delete()
    Book.objects.update(title=Concat("title", Value("!")), price=F("price") * 2, publisher=south)
    Publisher.objects.filter(pk=north.pk).delete()
    Publisher.objects.update(name="West")
    Book.objects.create(title="Emma", price="0")
    return then


def titles(books):
    return list(books.values_list("title", flat=True))


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


def test_annotations_group_by_every_column(then):
    books = as_of(Book, then).annotate(double=F("price") * 2, tagged=Count("tags"))
    assert {book.title: (book.double, book.tagged) for book in books} == {
        "Emma": (Decimal("3.00"), 2),
        "Dune": (Decimal("19.80"), 0),
        "Ulysses": (Decimal("10.00"), 0),
    }
    per_publisher = as_of(Book, then).values("publisher__name").annotate(n=Count("pk"))
    assert sorted(per_publisher.values_list("publisher__name", "n"), key=str) == [
        ("North", 1),
        ("South", 1),
        (None, 1),
    ]


def test_what_is_joined_is_as_it_was(then, django_assert_num_queries):
    books = as_of(Book, then)
    assert titles(books.filter(publisher__name="North")) == ["Emma"]
    assert titles(books.filter(publisher__name="West")) == []
    assert titles(books.order_by("-publisher__name").filter(publisher__isnull=False)) == [
        "Dune",
        "Emma",
    ]
    assert titles(books.filter(tags__name="old")) == ["Emma"]
    assert titles(books.exclude(tags__name="old").order_by("title")) == ["Dune", "Ulysses"]
    assert titles(books.filter(loan__isnull=False)) == ["Dune"]
    with django_assert_num_queries(1):
        names = {book.title: book.publisher for book in books.select_related("publisher")}
        assert {title: each and each.name for title, each in names.items()} == {
            "Emma": "North",
            "Dune": "South",
            "Ulysses": None,
        }


def test_what_is_prefetched_is_as_the_queryset_of_the_prefetch_says(then):
    (emma,) = as_of(Book, then).filter(title="Emma").prefetch_related("publisher", "tags")
    assert list(emma.tags.all()) == []
    assert emma.publisher is None
    past = [
        Prefetch("publisher", as_of(Publisher, then)),
        Prefetch("loan_set", as_of(Loan, then)),
    ]
    books = as_of(Book, then).prefetch_related(*past).order_by("title")
    assert [book.publisher and book.publisher.name for book in books] == ["South", "North", None]
    assert [len(book.loan_set.all()) for book in books] == [1, 0, 0]


def test_links_are_rows_too():
    book = Book.objects.create(title="Emma", price=1)
    book.tags.add(Tag.objects.create(name="old"))
    then = moment()
    book.tags.clear()
    links = as_of(Book.tags.through, then)
    assert list(links.values_list("book__title", "tag__name")) == [("Emma", "old")]


def test_a_row_whose_unaudited_target_is_gone_stays():
    """Tags are not audited: their rows are those of now."""
    book = Book.objects.create(title="Emma", price=1)
    book.tags.add(Tag.objects.create(name="old"))
    then = moment()
    book.tags.clear()
    execute("DELETE FROM library_tag")
    links = as_of(Book.tags.through, then)
    assert [(link.book.title, link.tag_id) for link in links.select_related("book", "tag")] == [
        ("Emma", links.get().tag_id)
    ]
    tag = links.get().tag_id
    (link,) = links.filter(tag=tag).select_related("tag")
    with pytest.raises(Book.tags.through.tag.RelatedObjectDoesNotExist):
        link.tag  # noqa: B018


def test_subqueries_have_their_own_moment(then):
    past = as_of(Book, then)
    assert titles(Book.objects.filter(pk__in=past.values("pk")).order_by("pk")) == [
        "Emma!",
        "Ulysses!",
    ]
    former = past.filter(pk=OuterRef("pk")).values("title")
    books = Book.objects.annotate(former=Subquery(former)).order_by("pk")
    assert list(books.values_list("former", flat=True)) == ["Emma", "Ulysses", None]
    gone = past.filter(~Exists(Book.objects.filter(pk=OuterRef("pk"))))
    assert titles(gone) == ["Dune"]
    now = as_of(Book, moment())
    assert titles(now.exclude(pk__in=past.values("pk"))) == ["Emma"]


def test_moments_unite_and_do_not_mix(then):
    now = moment()
    both = as_of(Book, then).union(as_of(Book, now), Book.objects.all()).order_by("title")
    assert [book.title for book in both] == [
        "Dune",
        "Emma",
        "Emma",
        "Emma!",
        "Ulysses",
        "Ulysses!",
    ]
    assert both.count() == 6
    gone = as_of(Book, then).difference(as_of(Book, now)).order_by("title")
    assert [book.title for book in gone] == ["Dune", "Emma", "Ulysses"]
    for one, other in [
        (as_of(Book, then), as_of(Book, now)),
        (as_of(Book, then), Book.objects.all()),
        (Book.objects.all(), as_of(Book, then)),
    ]:
        with pytest.raises(exceptions.MixedMoments):
            one | other
        with pytest.raises(exceptions.MixedMoments):
            one & other


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


def test_a_tree_is_walked_as_it_was():
    Category.objects.create(code="root")
    Category.objects.create(code="leaf", parent_id="root")
    then = moment()
    Category.objects.update(parent=None)
    parents = as_of(Category, then).order_by("code").values_list("code", "parent__code")
    assert list(parents) == [("leaf", "root"), ("root", None)]
    assert list(as_of(Category, then).filter(category__code="leaf")) == [Category(code="root")]
