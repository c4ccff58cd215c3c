"""When a worker looks, what it tells, and what it does about trouble."""

import threading
from io import StringIO

import pytest
from django.core.management.base import OutputWrapper
from django.db import OperationalError, transaction

from tests.example.models import Book
from tests.feed.conftest import rows
from trigger_audit import feed
from trigger_audit.feed import horizon, lane, notice, registry, worker
from trigger_audit.feed.goal import Forever
from trigger_audit.feed.lane import Lane
from trigger_audit.feed.notice import Notice
from trigger_audit.feed.outcome import Poll
from trigger_audit.feed.pace import Pace
from trigger_audit.feed.worker import Worker
from trigger_audit.management.audit import progress
from trigger_audit.subscription import Subscription, unsubscribe


class Told(list):
    """What a worker told; after so many things the worker stops, or something is done."""

    def __init__(self):
        self.stop = threading.Event()
        self.then = {}

    def tell(self, told):
        self.append(told.event)
        self.then.get(len(self), lambda: None)()

    def tick(self):
        pass


@pytest.fixture
def told():
    return Told()


def serve(told):
    Worker(registry.registered(), "default", stop=told.stop, reporter=told, goal=Forever()).run()


def test_waits_grow_and_begin_anew():
    pace = Pace(0.02, 1)
    assert [pace.wait() for _ in range(7)] == [0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1]
    assert (pace.wait(0.25), pace.wait()) == (0.25, 1)
    pace.reset()
    assert pace.wait() == 0.02


def test_a_lane_is_polled_where_something_may_be_new():
    before, after = horizon.Horizon(7, "10:10:"), horizon.Horizon(7, "10:12:10")
    found = Lane(Subscription("test", print, ("library.Book",)), 0)
    assert found.needs_poll(before)
    needs = {}
    for outcome in ("idle", "paused", "busy", "waiting", "closed", "delivered", "failed"):
        found.polled(Poll(outcome), before)
        needs[outcome] = (found.needs_poll(before), found.needs_poll(after))
    # What another worker or lane has to do first, no look at the database tells.
    assert needs.pop("idle") == needs.pop("paused") == (False, True)
    assert set(needs.values()) == {(True, True)}


def test_after_the_last_batch_there_was_a_lane_waits_for_more_to_come():
    found = Lane(Subscription("test", print, ("library.Book",)), 0)
    seen = horizon.Horizon(7, "10:10:")
    found.polled(Poll("delivered", 500), seen)
    assert found.due == 0
    found.polled(Poll("delivered", 3, is_last=True), seen)
    assert found.due > 0


@pytest.mark.django_db(transaction=True)
def test_whether_a_batch_was_the_last(subscribe, session):
    subscribe(Book, batch_size=2)
    for key in (1, 2, 3):
        session.execute("INSERT INTO library_book (id, title, price) VALUES (%s, '', 0)", [key])
    polls = [feed.run_once("test") for _ in range(3)]
    assert [(poll.outcome, poll.delivered, poll.is_last) for poll in polls] == [
        ("delivered", 2, False),
        ("delivered", 1, True),
        ("idle", 0, False),
    ]
    ids = [found for (found,) in rows("SELECT id FROM trigger_audit_event ORDER BY id")]
    assert [poll.position for poll in polls] == [ids[1], ids[2], None]


@pytest.mark.django_db(transaction=True)
def test_trouble_is_told_once_and_so_is_its_end(subscribe, session, told, monkeypatch):
    monkeypatch.setattr(lane, "STOPPED", 0.0)
    got = subscribe(Book, shards=2)
    feed.run_once("test")
    unsubscribe("test")
    subscribe(Book, shards=1, handler=got)
    polls = []
    run_once = worker.run_once

    def poll(*arguments, **options):
        polls.append(1)
        if len(polls) == 3:
            rows("UPDATE trigger_audit_feed_cursor SET shards = 1 WHERE shard = 0 RETURNING 1")
        return run_once(*arguments, **options)

    monkeypatch.setattr(worker, "run_once", poll)
    session.execute("INSERT INTO library_book (id, title, price) VALUES (1, '', 0)")
    serve_until(told, 4)
    assert told == ["started", "stopped", "goes on", "delivered", "ended"]


def serve_until(told, count):
    """Stop after so many notices."""
    told.clear()
    told.stop.clear()
    told.then = {count: told.stop.set}
    serve(told)


@pytest.mark.django_db(transaction=True)
def test_what_nobody_thought_of_stops_its_subscription_alone(subscribe, session, told, monkeypatch):
    run_once = worker.run_once

    def poll(subscription, shard, using):
        if subscription.name == "bad":
            raise LookupError("nobody thought of it")
        return run_once(subscription, shard, using=using)

    monkeypatch.setattr(worker, "run_once", poll)
    subscribe(Book, name="bad")
    subscribe(Book, name="good")
    session.execute("INSERT INTO library_book (id, title, price) VALUES (1, '', 0)")
    serve_until(told, 3)
    assert sorted(told) == ["delivered", "ended", "started", "stopped"]


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_out_of_reach_is_told_once_and_tried_again(
    subscribe, session, told, monkeypatch
):
    look = horizon.look
    failures = [OperationalError("it restarts")] * 2

    def fail(connection):
        if failures:
            raise failures.pop()
        return look(connection)

    monkeypatch.setattr(horizon, "look", fail)
    monkeypatch.setattr(worker.Pace, "wait", lambda *_: 0.01)
    subscribe(Book)
    serve_until(told, 3)
    assert told == ["started", "disconnected", "connected", "ended"]


@pytest.mark.django_db(transaction=True)
def test_a_session_that_ends_in_a_poll_is_no_trouble_of_the_subscription(
    subscribe, session, told, monkeypatch
):
    run_once = worker.run_once
    polls = []

    def poll(*arguments, **options):
        polls.append(1)
        if len(polls) == 1:
            with transaction.atomic():
                rows("SELECT pg_terminate_backend(pg_backend_pid())")
        return run_once(*arguments, **options)

    monkeypatch.setattr(worker, "run_once", poll)
    subscribe(Book)
    session.execute("INSERT INTO library_book (id, title, price) VALUES (1, '', 0)")
    serve_until(told, 4)
    assert told == ["started", "disconnected", "connected", "delivered", "ended"]


class Terminal(StringIO):
    def isatty(self):
        return True


def batch(changes, position):
    fields = {"lane": "test", "changes": changes, "seconds": 0.5, "position": position}
    return Notice("delivered", newest=9000, **fields)


def test_on_a_terminal_the_line_is_rewritten_in_place(monkeypatch):
    monkeypatch.setattr(progress, "IN_PLACE", 0.0)
    screen, errors = Terminal(), StringIO()
    text = progress.Text(OutputWrapper(screen), OutputWrapper(errors), verbosity=1, is_alone=True)
    text.tick()
    text.tell(batch(1500, 8000))
    text.tick()
    text.tell(batch(500, 9001))
    text.tick()
    text.tell(Notice(notice.DISCONNECTED, error="it restarts"))
    text.tell(Notice(notice.CONNECTED))
    text.tell(Notice(notice.ENDED))
    first, second, *rest = screen.getvalue().split(progress.ERASE)[1:]
    assert first.startswith("1,500 changes delivered, ")
    assert second.startswith("2,000 changes delivered, ")
    assert "test at event 8,000 of 9,000" in first
    assert second.split("; ")[1] == "test at event 9,001 of 9,001\nThe database is back.\n"
    assert rest == []
    assert errors.getvalue() == "The database is out of reach: it restarts\n"


def test_elsewhere_a_line_comes_from_time_to_time():
    output = StringIO()
    text = progress.Text(OutputWrapper(output), OutputWrapper(output), verbosity=1, is_alone=True)
    for position in (1, 2):
        text.tell(batch(1, position))
        text.tick()
    assert output.getvalue() == ""
    text.tell(Notice(notice.ENDED))
    (line,) = output.getvalue().splitlines()
    assert line.startswith("2 changes delivered, ")
