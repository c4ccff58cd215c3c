"""A handler that raises, or ends its process: others flow, the row waits in order."""

import os
import time

import pytest
from django.db import connection, transaction

from tests.example.models import Book, Publisher
from tests.feed.conftest import Recorder, drain, rows
from trigger_audit import feed
from trigger_audit.feed import delivery, poll

pytestmark = pytest.mark.django_db(transaction=True)
POISON = ValueError("not this one")


def insert(session, *keys):
    for key in keys:
        session.execute("INSERT INTO library_book (id, title, price) VALUES (%s, '', 0)", [key])


def parked():
    return rows(
        "SELECT object_id, attempts, error, blocks FROM trigger_audit_feed_parked ORDER BY event_id"
    )


@pytest.fixture
def got(subscribe):
    """A subscription that fails for the second book, at its second attempt for good."""
    got = subscribe(Book, attempts=2, backoff=0)
    got.failing = {2: POISON}
    return got


def test_a_row_that_fails_is_parked_and_the_others_flow(got, session):
    insert(session, 1, 2, 3)
    assert drain() == ["failed", "failed", "delivered", "parked", "delivered", "closed"]
    assert got.changes == [("INSERT", 1), ("INSERT", 3)]
    assert parked() == [("2", 1, "ValueError: not this one", True)]


def test_later_changes_of_the_row_wait_in_order(got, session):
    insert(session, 1, 2)
    drain()
    session.execute("UPDATE library_book SET price = 1")
    session.execute("UPDATE library_book SET id = 9 WHERE id = 2")
    # The row goes on under its new key, and waits.
    session.execute("UPDATE library_book SET price = 2")
    drain()
    assert got.changes == [("INSERT", 1), ("UPDATE", 1), ("UPDATE", 1)]
    assert [row[:2] for row in parked()] == [("2", 1), ("2", 0), ("2", 0), ("9", 0)]
    assert feed.retry("test") == (0, 4)
    got.failing = {}
    got.batches.clear()
    assert feed.retry("test") == (4, 0)
    assert got.changes == [("INSERT", 2), ("UPDATE", 2), ("UPDATE", 9), ("UPDATE", 9)]
    assert parked() == []
    session.execute("UPDATE library_book SET price = 3 WHERE id = 9")
    drain()
    assert got.changes[4:] == [("UPDATE", 9)]


def test_a_truncate_waits_for_rows_that_wait_and_then_so_do_all(got, session):
    insert(session, 2)
    drain()
    session.execute("TRUNCATE library_book CASCADE")
    insert(session, 5)
    drain()
    assert got.changes == []
    got.failing = {}
    assert feed.retry("test") == (3, 0)
    assert got.changes == [("INSERT", 2), ("TRUNCATE", None), ("INSERT", 5)]


def test_skip_lets_go_of_what_failed_and_delivers_what_waits(got, session):
    insert(session, 2)
    session.execute("UPDATE library_book SET price = 1")
    drain()
    session.execute("UPDATE library_book SET price = 2")
    drain()
    (failure,) = feed.failures("test")
    assert (failure.object_id, failure.waiting, failure.error) == ("2", 2, f"ValueError: {POISON}")
    got.failing = {}
    assert feed.skip("test", failure.event_id) == (2, 0)
    assert got.changes == [("UPDATE", 2), ("UPDATE", 2)]


def test_on_failure_skip_goes_on_with_the_row(subscribe, session):
    got = subscribe(Book, attempts=1, backoff=0, on_failure="skip")
    got.failing = {2: POISON}
    insert(session, 2)
    drain()
    got.failing = {}
    session.execute("UPDATE library_book SET price = 1")
    drain()
    assert got.changes == [("UPDATE", 2)]
    assert parked() == [("2", 1, "ValueError: not this one", False)]


def test_on_failure_stop_tries_for_ever(subscribe, session):
    got = subscribe(Book, attempts=1, backoff=0, on_failure="stop")
    got.failing = {2: POISON}
    insert(session, 2, 3)
    assert [feed.run_once("test").outcome for _ in range(5)] == ["failed"] * 5
    got.failing = {}
    drain()
    assert got.batches == [[("INSERT", 2), ("INSERT", 3)]]


def test_a_failure_that_passes_delivers_the_page_as_it_was(subscribe, session):
    got = subscribe(Book, attempts=3, backoff=0)
    got.failing = {2: POISON}
    insert(session, 1, 2, 3)
    poll = feed.run_once("test")
    assert (poll.outcome, poll.error) == ("failed", POISON)
    got.failing = {}
    drain()
    assert got.batches == [[("INSERT", 1), ("INSERT", 2), ("INSERT", 3)]]
    assert rows("SELECT attempts, error FROM trigger_audit_feed_cursor") == [(0, None)]


def test_after_a_failure_the_lane_waits(subscribe, session):
    got = subscribe(Book, attempts=3, backoff=3600)
    got.failing = {2: POISON}
    insert(session, 2)
    feed.run_once("test")
    got.failing = {}
    assert feed.run_once("test").outcome == "waiting"
    (lane,) = feed.status()
    assert (lane.state, lane.error) == ("failing", "ValueError: not this one")
    feed.resume("test")
    assert drain() == ["delivered"]


class Unspeakable(Exception):
    def __str__(self):
        raise RuntimeError


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (Unspeakable(), "Unspeakable"),
        (ValueError("a\0b \ud800"), "ValueError: ab ?"),
        (ValueError("x" * 3000), f"ValueError: {'x' * 1988}"),
    ],
)
def test_whatever_an_error_says_it_is_noted(subscribe, session, error, text, caplog):
    # What cannot be encoded cannot be reported by pytest either.
    caplog.set_level("CRITICAL", "trigger_audit.feed")
    got = subscribe(Book, attempts=1, backoff=0)
    got.failing = {1: error}
    insert(session, 1)
    drain()
    assert parked() == [("1", 1, text, True)]
    assert feed.retry("test") == (0, 1)
    assert parked() == [("1", 2, text, True)]


def test_a_handler_that_closes_the_connection_fails(subscribe, session):
    got, closes = Recorder(), [True]

    def close(batch):
        got(batch)
        if closes:
            closes.pop()
            connection.close()

    subscribe(Book, handler=close, backoff=0)
    insert(session, 1)
    assert drain() == ["failed", "delivered"]
    assert got.changes == [("INSERT", 1)] * 2


def test_what_a_handler_wrote_goes_with_its_failure(subscribe, session):
    def write(batch):
        for change in batch:
            Publisher.objects.create(name=str(change.key))
            if change.key == 2:
                raise POISON

    subscribe(Book, handler=write, attempts=1, backoff=0)
    insert(session, 1, 2, 3)
    drain()
    assert list(Publisher.objects.values_list("name", flat=True).order_by("name")) == ["1", "3"]


def test_a_transaction_that_the_handler_broke_is_a_failure(subscribe, session):
    def swallow(batch):
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 / 0")
        except Exception:  # noqa: BLE001
            pass

    def roll_back(batch):
        transaction.set_rollback(True)

    insert(session, 1)
    for number, handler in enumerate((swallow, roll_back)):
        subscribe(Book, handler=handler, name=f"broken {number}", attempts=9)
        assert feed.run_once(f"broken {number}").outcome == "failed"


def test_what_fails_after_the_commit_is_not_delivered_again(subscribe, session):
    got = Recorder()

    def later(batch):
        got(batch)
        transaction.on_commit(lambda: 1 / 0)

    subscribe(Book, handler=later)
    insert(session, 1)
    poll = feed.run_once("test")
    assert isinstance(poll.error, ZeroDivisionError)
    drain()
    assert got.changes == [("INSERT", 1)]


def test_outside_of_a_transaction_a_handler_keeps_what_it_wrote(subscribe, session):
    def write(batch):
        assert not connection.in_atomic_block
        for change in batch:
            Publisher.objects.get_or_create(name=str(change.key))
            if change.key == 2:
                raise POISON

    subscribe(Book, handler=write, attempts=1, backoff=0, atomic=False)
    insert(session, 1, 2, 3)
    drain()
    names = Publisher.objects.values_list("name", flat=True).order_by("name")
    assert list(names) == ["1", "2", "3"]
    assert [row[0] for row in parked()] == ["2"]


def test_a_handler_that_ends_its_process_is_counted(subscribe, session, tmp_path):
    """Each time in a process of its own; the third event ends it."""
    seen = tmp_path / "seen"

    def die(batch):
        with seen.open("a") as file:
            for change in batch:
                file.write(f"{change.key} ")
                file.flush()
                if change.key == 3:
                    os._exit(9)

    subscribe(Book, handler=die, attempts=2, backoff=0)
    insert(session, 1, 2, 3, 4)
    codes = [in_a_process(drain_patiently) for _ in range(6)]
    assert codes == [9, 9, 9, 9, 0, 0]
    assert parked() == [("3", 2, "The process ended while it was handled.", True)]
    assert seen.read_text().split() == [*"123", *"123", *"123", "3", "4"]


def drain_patiently():
    """A worker leaves what may be in another's hand alone for a moment."""
    while feed.run_once("test").outcome == "waiting":
        time.sleep(0.01)
    drain()


def in_a_process(function):
    """Its exit code. The child has connections of its own, as its parent has closed them."""
    connection.close()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            function()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def test_a_lease_is_one_workers_alone(subscribe, session):
    got = subscribe(Book)
    insert(session, 1)
    session.execute("BEGIN")
    session.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('trigger_audit_feed:test:0', 0))"
    )
    assert feed.run_once("test").outcome == "busy"
    (pid,) = session.execute("SELECT pg_backend_pid()").fetchone()
    session.execute("ROLLBACK")
    feed.run_once("test")
    assert got.changes == [("INSERT", 1)]
    assert pid


def test_a_worker_that_only_looks_does_not_take_the_batch_from_another(
    subscribe, session, monkeypatch
):
    got = subscribe(Book)
    insert(session, 1)
    lease = "pg_advisory_{}(hashtextextended('trigger_audit_feed:test:0', 0))"

    def deliver(*arguments):
        # Between the two transactions of a poll.
        session.execute(f"SELECT {lease.format('lock')}")
        return delivery.deliver(*arguments)

    def go(_):
        session.execute(f"SELECT {lease.format('unlock')}")

    monkeypatch.setattr(poll, "deliver", deliver)
    monkeypatch.setattr(delivery.time, "sleep", go)
    assert feed.run_once("test").outcome == "delivered"
    assert got.changes == [("INSERT", 1)]


def test_a_worker_that_comes_between_parks_nothing_that_another_has_in_hand(
    subscribe, session, monkeypatch
):
    got = subscribe(Book, attempts=1, backoff=0)
    insert(session, 1)
    others = []

    def deliver(*arguments):
        # Between the two transactions of a poll.
        monkeypatch.undo()
        others.append(feed.run_once("test").outcome)
        return delivery.deliver(*arguments)

    monkeypatch.setattr(poll, "deliver", deliver)
    assert feed.run_once("test").outcome == "delivered"
    assert (others, got.changes, parked()) == (["waiting"], [("INSERT", 1)], [])
