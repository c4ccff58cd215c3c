"""What handlers may do, and where they may begin."""

import time
from datetime import timedelta, timezone

import pytest
from django.db import connection, connections, transaction

from tests.awkward.models import Proxy
from tests.captured.models import ExpressParcel, Parcel
from tests.example.models import Book, Publisher
from tests.feed.conftest import Recorder, drain, rows
from trigger_audit import feed

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


async def is_async(batch):
    """Nobody awaits it."""


def generates(batch):
    """Nobody iterates over it."""
    yield from batch


@pytest.mark.parametrize("handler", [is_async, generates])
def test_what_has_yet_to_be_done_is_not_taken_for_done(subscribe, session, handler):
    subscribe(Book, handler=handler, attempts=1, backoff=0)
    insert(session, 1)
    assert [feed.run_once("test").outcome for _ in range(2)] == ["failed", "parked"]
    (failure,) = feed.failures("test")
    assert failure.error == (
        "NothingHandled: A handler returned a coroutine or a generator, and did nothing: use def,"
        " without yield. (test)"
    )


@pytest.fixture
def beside(monkeypatch):
    """Changes the settings of the connections that are opened besides, for the lease."""
    wrapper = type(connections["default"])
    copy = wrapper.copy

    def change(**settings):
        def copied(self, alias=None):
            other = copy(self, alias)
            other.settings_dict.update(settings)
            return other

        monkeypatch.setattr(wrapper, "copy", copied)

    return change


def test_outside_of_a_transaction_a_handler_takes_its_time(subscribe, session, beside):
    beside(OPTIONS={"options": "-c idle_in_transaction_session_timeout=300"})
    got = Recorder()

    def be_slow(batch):
        time.sleep(0.6)
        got(batch)

    subscribe(Book, handler=be_slow, atomic=False, attempts=1, backoff=0)
    insert(session, 1)
    assert drain() == ["delivered"]
    assert got.changes == [("INSERT", 1)]


def test_without_a_second_connection_no_change_is_at_fault(subscribe, session, beside):
    got = subscribe(Book, atomic=False, attempts=1, backoff=0)
    insert(session, 1)
    port = connection.settings_dict["PORT"]
    beside(PORT="1")
    polls = [feed.run_once("test") for _ in range(3)]
    assert [poll.outcome for poll in polls] == ["failed"] * 3
    assert str(polls[-1].error).startswith("There is no second connection")
    beside(PORT=port)
    assert drain() == ["delivered"]
    assert got.changes == [("INSERT", 1)]
