"""What handlers may do, and where they may begin."""

from datetime import timedelta, timezone

import pytest
from django.db import connection, transaction

from tests.awkward.models import Proxy
from tests.captured.models import ExpressParcel, Parcel
from tests.example.models import Book, Publisher
from tests.feed.conftest import drain, rows

pytestmark = pytest.mark.django_db(transaction=True)


def insert(session, *keys):
    for key in keys:
        session.execute("INSERT INTO library_book (id, title, price) VALUES (%s, '', 0)", [key])


@pytest.mark.parametrize("atomic", [True, False])
def test_a_part_that_is_rolled_back_is_not_the_whole(subscribe, session, atomic):
    def write(change):
        try:
            with transaction.atomic():
                Publisher.objects.create(name=str(change.key))
                if change.key == 2:
                    raise ValueError
        except ValueError:
            Publisher.objects.create(name="failed")

    def try_each(batch):
        for change in batch:
            write(change)

    subscribe(Book, handler=try_each, atomic=atomic)
    insert(session, 1, 2, 3)
    assert drain() == ["delivered"]
    names = Publisher.objects.values_list("name", flat=True).order_by("name")
    assert list(names) == ["1", "3", "failed"]


def test_its_own_rows_until_they_are_right(subscribe, session):
    def count_to_three(batch):
        for change in batch:
            if change.new["price"] < 3:
                Book.objects.filter(pk=change.key).update(price=change.new["price"] + 1)

    subscribe(Book, handler=count_to_three)
    insert(session, 1, 2)
    drain()
    assert list(Book.objects.values_list("price", flat=True)) == [3, 3]


def test_a_moment_is_the_same_in_every_time_zone(subscribe, session):
    insert(session, 1, 2)
    ((moment,),) = rows("SELECT max(at) FROM trigger_audit_event")
    got = subscribe(Book, start=moment.astimezone(timezone(timedelta(hours=-11, minutes=-30))))
    with connection.cursor() as cursor:
        cursor.execute("SET TimeZone = 'Asia/Kathmandu'")
    try:
        drain()
    finally:
        connection.close()
    assert got.changes == [("INSERT", 2)]


def test_instances_are_of_the_model_that_is_subscribed_to(subscribe):
    found = []
    handler = found.extend
    subscribe(Proxy, handler=handler, name="proxy")
    subscribe(ExpressParcel, Parcel, handler=handler)
    proxy = Proxy.objects.create(name="a")
    parcel = ExpressParcel.objects.create(weight=1, hours=2)
    drain("proxy")
    drain()
    assert [(change.model, change.new, change.instance()) for change in found] == [
        (Proxy, {"id": proxy.pk, "name": "a"}, proxy),
        (Parcel, {"id": parcel.pk, "weight": 1}, parcel.parcel_ptr),
        (ExpressParcel, {"parcel_ptr": parcel.pk, "hours": 2}, parcel),
    ]
