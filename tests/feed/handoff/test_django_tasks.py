"""Changes handed to django.tasks, whose backends differ in what they promise."""

import json

import pytest
from django import tasks

import trigger_audit
from tests.context import task_queue
from tests.context.events import contexts
from tests.example.models import Book, Publisher, Tag
from tests.feed.conftest import drain, rows
from tests.feed.handoff.conftest import killed_before_it_commits
from tests.feed.handoff.notes import note
from trigger_audit import feed
from trigger_audit.checks.subscriptions import check_subscriptions
from trigger_audit.feed.handoff import queue_of
from trigger_audit.subscription import default_name
from trigger_audit.workers import django_tasks

pytestmark = pytest.mark.django_db(transaction=True)


class DatabaseBackend(task_queue.QueueBackend):
    """Tasks are rows, as they are for the backends that need no broker."""

    def enqueue(self, task, args, kwargs):
        result = super().enqueue(task, args, kwargs)
        Tag.objects.create(name=task_queue.messages.pop())
        return result


@tasks.task
def noting(change):
    note(change)


@tasks.task
@feed.once
def noting_once(change):
    note(change)


@tasks.task(takes_context=True)
@feed.once
def noting_attempt(context, change):
    assert context.attempt == 1
    note(change)


@tasks.task
def without(): ...


@pytest.fixture(autouse=True)
def queued(settings):
    """A worker has tasks run later."""
    settings.TASKS = {"default": {"BACKEND": "tests.context.task_queue.QueueBackend"}}
    yield
    task_queue.messages.clear()


def insert(session):
    session.execute("INSERT INTO library_publisher (id, name) VALUES (1, 'Ann'), (2, 'Bob')")


def notes():
    return list(Book.objects.order_by("pk").values_list("title", flat=True))


def test_each_change_is_a_task_in_the_order_of_the_changes(subscribe, session):
    subscribe(Publisher, handler=noting)
    insert(session)
    drain()
    assert notes() == []
    task_queue.work_off()
    assert notes() == ["INSERT 1 Ann", "INSERT 2 Bob"]


def test_a_task_says_what_was_told_of_the_change(subscribe, monkeypatch):
    for name in ("enqueue", "aenqueue", "call", "acall"):
        monkeypatch.setattr(tasks.Task, name, getattr(tasks.Task, name))
    django_tasks.connect()
    subscribe(Publisher, handler=noting, name="notes")
    with trigger_audit.context(user=7):
        Publisher.objects.create(name="Ann")
    drain("notes")
    task_queue.work_off()
    name = f"{__name__}.noting"
    assert contexts("library_book") == [{"user": 7, "subscription": "notes", "task": name}]


def test_what_is_queued_again_after_a_failure_is_handled_once(subscribe, session, monkeypatch):
    subscribe(Publisher, handler=noting_once)
    insert(session)
    feed_again_after_a_failure(monkeypatch)
    keys = [json.loads(message)[1][0]["idempotency_key"] for message in task_queue.messages]
    assert (len(keys), len(set(keys))) == (4, 2)
    task_queue.work_off()
    assert notes() == ["INSERT 1 Ann", "INSERT 2 Bob"]


def feed_again_after_a_failure(monkeypatch):
    """What fails is between the queue and the commit of the position."""
    with monkeypatch.context() as patch:
        patch.setattr("trigger_audit.feed.parking.park", None)
        assert feed.run_once("test").outcome == "failed"
    feed.resume("test")
    drain()


def test_tasks_in_the_same_database_are_queued_once(subscribe, session, settings):
    settings.TASKS = {"default": {"BACKEND": f"{__name__}.DatabaseBackend"}}
    subscribe(Publisher, handler=noting)
    insert(session)
    killed_before_it_commits()
    drain()
    stored = Tag.objects.order_by("pk").values_list("name", flat=True)
    assert [json.loads(task)[1][0]["key"] for task in stored] == [1, 2]


def test_a_task_that_runs_at_once_is_part_of_the_delivery(subscribe, session, settings):
    settings.TASKS = {"default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"}}
    subscribe(Publisher, handler=noting_attempt)
    insert(session)
    killed_before_it_commits()
    drain()
    assert notes() == ["INSERT 1 Ann", "INSERT 2 Bob"]


def test_a_backend_that_is_gone_costs_no_attempt(subscribe, session, monkeypatch):
    def refuse(*args):
        raise ConnectionRefusedError

    monkeypatch.setattr(task_queue.QueueBackend, "enqueue", refuse)
    subscribe(Publisher, handler=noting, attempts=1, backoff=0)
    insert(session)
    assert [type(feed.run_once("test").error).__name__ for _ in range(3)] == [
        "QueueUnavailable"
    ] * 3
    assert rows("SELECT count(*) FROM trigger_audit_feed_parked") == [(0,)]


def test_a_task_is_known_by_the_name_of_its_function(subscribe):
    assert queue_of(noting).__name__ == "trigger_audit.feed.handoff.django_tasks"
    assert default_name(noting_once) == f"{__name__}.noting_once"
    for task in (noting_attempt, noting_once, without):
        subscribe(Publisher, handler=task, name=task.name)
    assert [message.msg.split()[5] for message in check_subscriptions()] == ["without"]
