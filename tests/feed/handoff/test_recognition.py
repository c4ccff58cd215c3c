"""What counts as a task, what it is called, and which tasks cannot be right."""

from functools import partial

import pytest
from celery import Celery, shared_task
from redis import Redis
from rq.decorators import job

from tests.example.models import Publisher
from trigger_audit import feed
from trigger_audit.checks.subscriptions import check_subscriptions
from trigger_audit.feed.handoff import queue_of
from trigger_audit.subscription import default_name


@pytest.fixture
def app():
    return Celery(__name__, broker="memory://", set_as_current=False)


def index(change): ...


def update(change): ...


def test_tasks_of_each_queue_are_known_by_the_names_of_their_functions(app):
    tasks = [
        app.task(index),
        shared_task(index),
        job("feed", connection=Redis())(update),
    ]
    queues = [queue_of(task).__name__.rpartition(".")[2] for task in tasks]
    assert queues == ["celery", "celery", "rq"]
    names = [f"{__name__}.{name}" for name in ("index", "index", "update")]
    assert [default_name(task) for task in tasks] == names


def test_what_may_be_called_is_no_task():
    def handle(batch): ...

    handle.delay = lambda batch: None
    assert [queue_of(each) for each in (handle, partial(index), print, object())] == [None] * 4
    assert default_name(partial(index)) == f"{__name__}.index"


def test_e060_a_task_that_cannot_be_called_with_a_change(app, subscribe):
    @app.task(bind=True)
    def bound(self, change, retries=0): ...

    @app.task(bind=True)
    def without(self): ...

    @job("feed", connection=Redis())
    @feed.once
    def demanding(change, how): ...

    for task, name in ((bound, "right"), (without, "too few"), (demanding, "too many")):
        subscribe(Publisher, handler=task, name=name)
    subscribe(Publisher, handler=lambda batch: None, name="none of a queue")
    cannot = "The task of the subscription {} cannot be called with a change: {}."
    assert [(message.id, message.msg) for message in check_subscriptions()] == [
        ("trigger_audit.E060", cannot.format("too few", "too many positional arguments")),
        ("trigger_audit.E060", cannot.format("too many", "missing a required argument: 'how'")),
    ]
