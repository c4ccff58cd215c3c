"""A model class and its objects have their history as an attribute."""

import inspect

import pytest
from django.core.management import call_command

from tests.awkward.models import Car, Grandchild, Inherits, Overrides, SwitchesOff, Titled, Vehicle
from tests.example.models import Book, Publisher, Tag
from tests.reading.moments import moment
from trigger_audit import AuditHistory, exceptions
from trigger_audit.models import AuditEvent

pytestmark = pytest.mark.django_db


def told(events):
    return list(events.values_list("op", "table_name", "object_id").order_by("id"))


@pytest.fixture
def book():
    Publisher.objects.create(name="North")
    book = Book.objects.create(title="Emma", price=1)
    Book.objects.create(title="Dune", price=2)
    Book.objects.filter(pk=book.pk).update(price=3)
    return book


def test_of_a_model(book):
    dune = str(Book.objects.get(title="Dune").pk)
    assert told(Book.audit) == [
        ("INSERT", "library_book", str(book.pk)),
        ("INSERT", "library_book", dune),
        ("UPDATE", "library_book", str(book.pk)),
    ]
    assert [type(event) for event in Book.audit.changed("price")] == [AuditEvent]


def test_of_an_object(book):
    tag = Tag.objects.create(name="old")
    book.tags.add(tag)
    (link,) = Book.tags.through.objects.values_list("pk", flat=True)
    assert told(book.audit) == [
        ("INSERT", "library_book", str(book.pk)),
        ("UPDATE", "library_book", str(book.pk)),
        ("INSERT", "library_book_tags", str(link)),
    ]
    assert book.audit.filter(op="UPDATE").get().new["price"] == 3


def test_is_read_anew_each_time(book):
    assert book.audit.count() == 2
    Book.objects.update(price=9)
    assert book.audit.count() == 3


def test_as_of_a_moment(book):
    then = moment()
    Book.objects.update(title="x")
    Book.objects.create(title="New", price=0)
    assert [each.title for each in Book.audit.as_of(then).order_by("title")] == ["Dune", "Emma"]
    assert book.audit.as_of(then).title == "Emma"
    assert book.audit.filter(op="UPDATE").as_of(then).price == 3
    with pytest.raises(exceptions.InvalidMoment):
        Book.audit.as_of(None)


@pytest.mark.django_db(databases=["default", "other"])
def test_of_the_objects_database():
    here = Book.objects.create(title="Here", price=1)
    there = Book.objects.using("other").create(pk=here.pk, title="There", price=1)
    then = moment()
    Book.objects.using("other").update(title="Now")
    assert (here.audit.count(), there.audit.count()) == (1, 2)
    assert there.audit.latest("id").new["title"] == "Now"
    assert (here.audit.as_of(then).title, there.audit.as_of(then).title) == ("Here", "There")
    assert Book.audit.count() == 1
    others = Book.audit.using("other")
    assert (others.count(), others.as_of(then).get().title) == (2, "There")


def test_what_inherits_it_has_its_own():
    row = Inherits.objects.create(title="a", note="b")
    child = Grandchild.objects.create(title="c", note="d", pages=1)
    Overrides.objects.create(title="e", note="f")
    keys = [str(row.pk), str(child.pk)]
    assert told(Inherits.audit) == [("INSERT", "awkward_inherits", key) for key in keys]
    # Of its own table nothing is audited.
    assert told(child.audit) == [("INSERT", "awkward_inherits", keys[1])]
    assert told(Grandchild.audit) == []


def test_under_another_name():
    car = Car.objects.create(name="Beetle", doors=3)
    assert told(Vehicle.events) == [("INSERT", "awkward_vehicle", str(car.pk))]
    assert told(Car.events) == [("INSERT", "awkward_car", str(car.pk))]
    assert told(car.events) == told(Vehicle.events) + told(Car.events)


def test_what_has_none():
    with pytest.raises(AttributeError, match="audit is not there: Titled is abstract"):
        Titled.audit  # noqa: B018
    assert not hasattr(Titled, "audit")
    with pytest.raises(exceptions.NotAudited, match=r"awkward\.SwitchesOff"):
        SwitchesOff.audit  # noqa: B018
    with pytest.raises(exceptions.UnsavedObject):
        Book().audit  # noqa: B018


def test_neither_migrations_nor_instances_know_of_it(book):
    call_command("makemigrations", check_changes=True, dry_run=True, verbosity=0)
    assert "audit" not in vars(book)
    assert isinstance(inspect.getattr_static(Book, "audit"), AuditHistory)


def test_does_not_write(book):
    with pytest.raises(exceptions.ReadOnly):
        book.audit.delete()
