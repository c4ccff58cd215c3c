"""A function that handles each change once, however often it is called with it."""

import threading

import pytest
from django.core.management import call_command
from django.db import connection

from tests.example.models import Publisher
from tests.feed.conftest import drain, rows
from tests.feed.handoff.conftest import wait_for
from trigger_audit import feed
from trigger_audit.exceptions import NotHandedOff

pytestmark = pytest.mark.django_db
CHANGE = {"subscription": "test", "idempotency_key": "test:1:7", "database": "default"}
ANOTHER = {**CHANGE, "idempotency_key": "test:1:8"}


@feed.once
def write(change):
    """The name is unique, and the second would be refused."""
    return Publisher.objects.create(name=change["idempotency_key"]).name


def receipts():
    return rows("SELECT key, task FROM trigger_audit_feed_receipt ORDER BY at")


def test_the_second_time_nothing_happens():
    assert (write(CHANGE), write(CHANGE), write(ANOTHER)) == ("test:1:7", None, "test:1:8")
    assert receipts() == [("test:1:7", f"{__name__}.write"), ("test:1:8", f"{__name__}.write")]


def test_the_change_is_found_among_what_a_queue_adds():
    seen = []

    @feed.once
    def see(*args, **kwargs):
        seen.append((args, kwargs))

    for _ in range(2):
        see("the task", CHANGE)
        see(change=ANOTHER)
    assert seen == [(("the task", CHANGE), {}), ((), {"change": ANOTHER})]


def test_each_of_several_functions_has_a_change_once():
    seen = []

    @feed.once
    def first(change):
        seen.append("first")

    @feed.once
    def second(change):
        seen.append("second")

    for _ in range(2):
        first(CHANGE)
        second(CHANGE)
    assert seen == ["first", "second"]


def test_what_fails_leaves_neither_its_work_nor_a_receipt():
    failing = [ValueError("not yet")]

    @feed.once
    def fail_first(change):
        Publisher.objects.create(name="Ann")
        if failing:
            raise failing.pop()

    with pytest.raises(ValueError, match="not yet"):
        fail_first(CHANGE)
    assert (receipts(), list(Publisher.objects.all())) == ([], [])
    fail_first(CHANGE)
    assert Publisher.objects.get().name == "Ann"


@pytest.mark.django_db(transaction=True)
def test_who_comes_second_waits_for_the_first_which_may_still_fail(session, tmp_path):
    handled = []

    @feed.once
    def handle(change):
        if threading.current_thread() is not threading.main_thread():
            handled.append("second")
            connection.close()
            return
        second.start()
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        wait_for(lambda: session.execute(waiting).fetchone()[0], tmp_path)
        handled.append("first")
        raise ValueError("not yet")

    def call():
        handle(CHANGE)
        connection.close()

    second = threading.Thread(target=call)
    with pytest.raises(ValueError, match="not yet"):
        handle(CHANGE)
    second.join()
    assert handled == ["first", "second"]


def test_receipts_go_when_their_time_is_over():
    @feed.once(days=0)
    def forget(change):
        return True

    assert all(forget({**CHANGE, "idempotency_key": str(number)}) for number in range(3))
    # Each takes two with it.
    assert len(receipts()) == 1
    write(CHANGE)
    assert receipts() == [("test:1:7", f"{__name__}.write")]


@pytest.mark.django_db(transaction=True)
def test_a_subscription_that_begins_anew_is_handled_anew(subscribe):
    seen = []

    @feed.once
    def see(payload):
        seen.append(payload["new"]["name"])

    def handle(batch):
        for change in batch:
            see(feed.payload(change, batch.subscription))

    subscribe(Publisher, handler=handle)
    Publisher.objects.create(name="Ann")
    write(ANOTHER | {"subscription": "other"})
    for _ in range(2):
        feed.reset("test", "earliest")
        drain()
    assert seen == ["Ann", "test:1:8", "Ann", "test:1:8"]
    feed.forget("test")
    assert receipts() == [("test:1:8", f"{__name__}.write")]


@pytest.mark.django_db(transaction=True)
def test_flush_forgets_the_receipts():
    write(CHANGE)
    call_command("flush", interactive=False, verbosity=0)
    assert receipts() == []


def test_without_a_change_it_says_so():
    with pytest.raises(NotHandedOff, match=r"test_once\.write"):
        write({"key": 7})


def test_a_coroutine_function_is_refused():
    async def awaited(change): ...

    with pytest.raises(TypeError, match="awaited is a coroutine function"):
        feed.once(awaited)
