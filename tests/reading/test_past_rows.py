"""One row as it was, whatever its key, its table's name and what it inherits."""

import datetime as dt
import uuid

import pytest
from django.apps import apps
from django.db import connection, models

from tests.awkward import models as awkward
from tests.awkward.models import TABLES, Car, Composite, GroupProxy, TextKey, UuidKey, Vehicle
from tests.capture import tables
from tests.capture.events import execute
from tests.captured.models import ExpressParcel, Measurement, Parcel, Seat
from tests.example.models import Book, Publisher, Tag
from tests.reading.moments import moment
from trigger_audit import as_of, exceptions
from trigger_audit.models import AuditEvent
from trigger_audit.past import given_key

pytestmark = pytest.mark.django_db


def asks_for_one(queryset, alias=None):
    """Whether it asks the database for one row of a table, and not for all."""
    return given_key(queryset.query, alias or queryset.query.get_initial_alias()) is not None


def test_an_object_as_it_was(django_assert_num_queries):
    book = Book.objects.create(title="Emma", price=1)
    then = moment()
    Book.objects.update(title="Dune")
    book.refresh_from_db()
    with django_assert_num_queries(1) as queries:
        former = as_of(book, then)
    assert "::bigint)::text" in queries.captured_queries[0]["sql"]
    assert (type(former), former, former.title, book.title) == (Book, book, "Emma", "Dune")
    assert former._state.db == "default"


def test_an_object_that_was_not_there():
    then = moment()
    book = Book.objects.create(title="Emma", price=1)
    with pytest.raises(Book.DoesNotExist, match=f"no library.Book {book.pk} at {then:%Y-%m-%d}T"):
        as_of(book, then)


@pytest.mark.django_db(databases=["default", "other"])
def test_an_object_of_another_database():
    here = Book.objects.create(title="Here", price=1)
    there = Book.objects.using("other").create(pk=here.pk, title="There", price=1)
    then = moment()
    for alias in ("default", "other"):
        Book.objects.using(alias).update(title="Now")
    assert (as_of(here, then).title, as_of(there, then).title) == ("Here", "There")
    assert as_of(there, then)._state.db == "other"
    assert as_of(Book, then).using("other").get().title == "There"


@pytest.mark.parametrize(
    ("model", "pk", "values", "others"),
    [
        (UuidKey, uuid.UUID(int=7), {"name": "x"}, {"id": uuid.UUID(int=8)}),
        (TextKey, "a '\"\\ % é", {}, {"code": "b"}),
        (TextKey, "[", {}, {"code": "b"}),
        (TextKey, "", {}, {"code": "b"}),
        (TextKey, "long" * 2000, {}, {"code": "long" * 1999}),
        (Composite, ('a", "b', -1), {"note": "x"}, {"number": 1}),
        (Composite, ("long" * 2000, 2**31 - 1), {"note": "x"}, {"number": 1}),
        (Seat, ("1", 1), {"guest": None}, {"number": 2}),
    ],
)
def test_keys_of_all_kinds(model, pk, values, others):
    row = model(pk=pk, **values)
    row.save()
    other = model(pk=pk, **values)
    for name, value in others.items():
        setattr(other, name, value)
    other.save(force_insert=True)
    then = moment()
    model.objects.all().delete()
    former = as_of(model(pk=pk), then)
    assert former.pk == pk
    assert {name: getattr(former, name) for name in values} == values
    assert asks_for_one(as_of(model, then).filter(pk=pk))
    assert not asks_for_one(as_of(model, then).exclude(pk=pk))
    assert not asks_for_one(as_of(model, then).filter(pk__in=[pk]))
    assert as_of(model, then).count() == 2


@pytest.mark.parametrize("number", [2**31, -(10**20)])
def test_a_number_that_no_key_can_have(number):
    Composite.objects.create(row="a", number=1, note="then")
    then = moment()
    Composite.objects.update(note="now")
    assert list(Composite.objects.filter(pk=("a", number))) == []
    assert list(as_of(Composite, then).filter(pk=("a", number))) == []
    assert as_of(Composite, then).get(pk=("a", 1)).note == "then"


def test_a_decimal_in_a_composite_key():
    """It may have had another scale, and so another text."""
    columns = {
        "pk": models.CompositePrimaryKey("shelf", "code"),
        "shelf": models.IntegerField(),
        "code": models.DecimalField(max_digits=5, decimal_places=2),
    }
    coded = tables.model("Coded", **columns)
    assert not asks_for_one(coded.objects.filter(pk=(1, 7)))


@pytest.fixture
def keyed(declared):
    """Make a model with a key of another type, for the test."""

    def make(key, **others):
        meta = type("Meta", (), {"app_label": "captured", "db_table": "keyed"})
        fields = {"id": key, "name": models.TextField(null=True), "Meta": meta, **others}
        model = type("Keyed", (models.Model,), {"__module__": __name__, **fields})
        with connection.schema_editor() as schema_editor:
            schema_editor.create_model(model)
        declared(model)
        return model

    yield make
    for name in ("keyed", "keyed_tags"):
        apps.all_models["captured"].pop(name, None)
    apps.clear_cache()


UTC = dt.timezone.utc


@pytest.mark.parametrize(
    ("key", "value", "is_told"),
    [
        (models.DateField(primary_key=True), dt.date(2026, 2, 1), True),
        (
            models.DateTimeField(primary_key=True),
            dt.datetime(2026, 2, 1, 1, 2, 3, 45, tzinfo=UTC),
            True,
        ),
        (models.CharField(max_length=3, primary_key=True), "a'b", True),
        (models.BooleanField(primary_key=True), True, True),
        (models.DecimalField(max_digits=5, decimal_places=2, primary_key=True), 1, False),
        (models.FloatField(primary_key=True), 0.1, False),
        (models.DurationField(primary_key=True), dt.timedelta(days=1, seconds=5), False),
        (models.BinaryField(primary_key=True), b"\0\xff", False),
        (models.GenericIPAddressField(primary_key=True), "10.0.0.1", False),
        (models.TextField(primary_key=True, db_collation="C"), "a", False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, models.Field) else None,
)
def test_types_of_keys(keyed, key, value, is_told):
    """Where values that are equal may differ as text, the whole table is asked for."""
    model = keyed(key.clone())
    model.objects.create(id=value, name="then")
    then = moment()
    model.objects.update(name="now")
    assert as_of(model(pk=value), then).name == "then"
    assert asks_for_one(as_of(model, then).filter(pk=value)) is is_told


@pytest.mark.parametrize("microsecond", [0, 45])
def test_links_of_a_moment(keyed, microsecond):
    """Which is spelled otherwise in images than in keys."""
    model = keyed(models.DateTimeField(primary_key=True), tags=models.ManyToManyField(Tag))
    execute("SET LOCAL TIME ZONE 'Asia/Kathmandu'")
    row = model.objects.create(pk=dt.datetime(2026, 2, 1, 1, 2, 3, microsecond, tzinfo=UTC))
    other = model.objects.create(pk=dt.datetime(2026, 2, 1, 1, 2, 4, tzinfo=UTC))
    tag = Tag.objects.create(name="new")
    row.tags.add(tag)
    other.tags.add(tag)
    (link,) = AuditEvent.objects.for_object(row).filter(table_name="keyed_tags")
    assert (link.op, link.new["tag_id"]) == ("INSERT", tag.pk)
    assert link.object_id == str(row.tags.through.objects.get(keyed=row).pk)


def test_a_key_is_not_cut_to_the_length_that_keys_have(keyed):
    model = keyed(models.CharField(max_length=3, primary_key=True))
    model.objects.create(id="abc", name="then")
    then, longer = moment(), model(pk="abcd")
    assert [event.op for event in AuditEvent.objects.for_object(model(pk="abc"))] == ["INSERT"]
    assert list(AuditEvent.objects.for_object(longer)) == []
    with pytest.raises(model.DoesNotExist):
        as_of(longer, then)


def test_one_row_is_asked_for_only_where_all_rows_must_have_the_key():
    book = Book.objects.create(title="Emma", price=1, publisher=Publisher.objects.create(name="N"))
    books, pk = as_of(Book, moment()), book.pk
    for one in [
        books.filter(pk=pk),
        books.filter(title="x").filter(id=pk),
        books.filter(title="x", id__exact=str(pk)).annotate(n=models.Count("tags")),
        books.filter(models.Q(pk=pk) & (models.Q(title="x") | models.Q(title="y"))),
    ]:
        assert asks_for_one(one)
    for several in [
        books.filter(models.Q(pk=pk) | models.Q(title="x")),
        books.filter(~models.Q(pk=pk)),
        books.filter(pk=models.F("publisher")),
        books.filter(pk__gt=pk),
        books.filter(publisher=pk),
        books.filter(tags=pk),
    ]:
        assert not asks_for_one(several)
    assert books.filter(models.Q(pk=pk) | models.Q(title="x")).get() == book
    publisher = books.filter(publisher=book.publisher_id).select_related("publisher")
    assert publisher.get().publisher.name == "N"
    assert asks_for_one(publisher.order_by("publisher__name"), "library_publisher")


def test_an_object_that_inherits_is_as_it_was_in_all_tables():
    car = Car.objects.create(name="Beetle", doors=3)
    Vehicle.objects.create(name="Bike")
    then = moment()
    Car.objects.update(name="Golf", doors=5)
    former = as_of(car, then)
    assert (former.name, former.doors) == ("Beetle", 3)
    assert list(as_of(Vehicle, then).order_by("pk").values_list("name", "car__doors")) == [
        ("Beetle", 3),
        ("Bike", None),
    ]
    car.delete()
    assert [(each.name, each.doors) for each in as_of(Car, then).filter(name="Beetle")] == [
        ("Beetle", 3)
    ]
    one = as_of(Car, then).filter(pk=former.pk).order_by("name")
    assert asks_for_one(one, "awkward_car")
    assert asks_for_one(one, "awkward_vehicle")


def test_a_row_of_the_parent_alone_and_links_of_the_child():
    parcel = ExpressParcel.objects.create(weight=1, hours=2)
    then = moment()
    parcel.delete(keep_parents=True)
    Parcel.objects.update(weight=5)
    assert [(each.weight, each.hours) for each in as_of(ExpressParcel, then)] == [(1, 2)]
    assert list(as_of(ExpressParcel, moment())) == []
    assert as_of(Parcel, moment()).get().weight == 5


def test_a_proxy_gives_its_own_instances():
    GroupProxy.objects.create(name="staff")
    then = moment()
    GroupProxy.objects.update(name="x")
    (group,) = as_of(GroupProxy, then)
    assert (type(group), group.name, as_of(group, then).name) == (GroupProxy, "staff", "staff")


# Django's newer releases do not read a table whose name has a dollar sign, now or then.
@pytest.mark.parametrize("name", [name for name in TABLES if name != "Dollars"])
def test_tables_of_all_names(name):
    model = getattr(awkward, name)
    row = model.objects.create(name="then")
    model.objects.create(name="other")
    then = moment()
    model.objects.update(name="now")
    past = as_of(model, then)
    assert as_of(row, then).name == "then"
    assert list(past.order_by("name").values_list("name", flat=True)) == ["other", "then"]
    assert list(past.exclude(name="other")) == [row]
    assert past.filter(name="then").count() == 1
    assert list((past.filter(pk=row.pk) | past.filter(name="x")).values("name")) == [
        {"name": "then"}
    ]
    former = past.filter(pk=models.OuterRef("pk")).values("name")
    assert model.objects.annotate(former=models.Subquery(former)).get(pk=row.pk).former == "then"
    assert past.filter(models.Exists(model.objects.filter(pk=models.OuterRef("pk")))).count() == 2


def test_a_partitioned_table(declared):
    execute(
        "CREATE TABLE captured_measurement (id bigint, day date, value integer,"
        " PRIMARY KEY (id, day)) PARTITION BY RANGE (day)"
    )
    execute("CREATE TABLE captured_measurement_rest PARTITION OF captured_measurement DEFAULT")
    with pytest.raises(exceptions.NotAudited):
        as_of(Measurement, moment())
    declared(Measurement)
    row = Measurement.objects.create(id=1, day=dt.date(2026, 1, 1), value=1)
    then = moment()
    Measurement.objects.update(value=2)
    assert as_of(row, then).value == 1
