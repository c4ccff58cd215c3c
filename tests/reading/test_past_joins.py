"""What is joined, linked, prefetched and asked in subqueries is as it was, too."""

from decimal import Decimal

import pytest
from django.db.models import Count, Exists, F, FilteredRelation, OuterRef, Prefetch, Q, Subquery

from tests.awkward.models import Car, Vehicle
from tests.capture.events import execute
from tests.captured.models import Category, Customer, Unaudited
from tests.example.models import Book, Loan, Publisher, Tag
from tests.reading.moments import moment, titles
from trigger_audit import as_of, exceptions

pytestmark = pytest.mark.django_db


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


def test_a_tree_is_walked_as_it_was():
    Category.objects.create(code="root")
    Category.objects.create(code="leaf", parent_id="root")
    then = moment()
    Category.objects.update(parent=None)
    parents = as_of(Category, then).order_by("code").values_list("code", "parent__code")
    assert list(parents) == [("leaf", "root"), ("root", None)]
    assert list(as_of(Category, then).filter(category__code="leaf")) == [Category(code="root")]


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


def test_links_to_an_audited_model_are_prefetched_as_they_were(declared):
    declared(Tag)
    book = Book.objects.create(title="Emma", price=1)
    book.tags.add(*(Tag.objects.create(name=name) for name in ("old", "sold")))
    then = moment()
    book.tags.clear()
    execute("DELETE FROM library_tag")
    tags = Prefetch("tags", as_of(Tag, then).order_by("name"))
    (former,) = as_of(Book, then).prefetch_related(tags)
    assert [tag.name for tag in former.tags.all()] == ["old", "sold"]
    assert titles(as_of(Book, then).exclude(tags__name="old")) == []
    assert titles(as_of(Book, then).filter(tags__in=as_of(Tag, then)).distinct()) == ["Emma"]


def test_joins_over_several_tables(then):
    loans = as_of(Loan, then)
    (loan,) = loans.select_related("book__publisher")
    assert (loan.book.title, loan.book.publisher.name) == ("Dune", "South")
    assert loans.filter(book__publisher__name="South", book__title="Dune").count() == 1
    assert loans.exclude(book__publisher__name="South").count() == 0
    siblings = as_of(Publisher, then).filter(book__loan=loan.pk)
    assert [publisher.name for publisher in siblings] == ["South"]


def test_filtered_relations(then):
    relation = FilteredRelation("publisher", condition=Q(publisher__name="North"))
    books = as_of(Book, then).annotate(northern=relation).order_by("pk")
    assert list(books.values_list("title", "northern__name")) == [
        ("Emma", "North"),
        ("Dune", None),
        ("Ulysses", None),
    ]


def test_children_are_reached_from_their_parents():
    car = Car.objects.create(name="Beetle", doors=3)
    Vehicle.objects.create(name="Bike")
    then = moment()
    car.delete()
    beetle, bike = as_of(Vehicle, then).select_related("car").order_by("pk")
    assert (beetle.car.doors, beetle.car.name) == (3, "Beetle")
    with pytest.raises(Vehicle.car.RelatedObjectDoesNotExist):
        bike.car  # noqa: B018


def test_unaudited_tables_are_as_they_are():
    ann, bob = (Customer.objects.create(name=name) for name in ("Ann", "Bob"))
    Unaudited.objects.create(customer=ann, status="then")
    then = moment()
    Unaudited.objects.update(status="now")
    bob.delete()
    customers = as_of(Customer, then)
    assert [each.name for each in customers.exclude(unaudited__status="now")] == ["Bob"]
    assert [each.name for each in customers.filter(unaudited__status="now")] == ["Ann"]
    assert not customers.filter(unaudited__status="then").exists()
