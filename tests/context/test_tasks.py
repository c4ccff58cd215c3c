"""What a task of django.tasks writes says what was told where it was queued."""

import pytest
from django.tasks import Task

import trigger_audit
from tests.context import task_queue
from tests.context.events import by_name
from tests.context.loops import run
from trigger_audit.workers import django_tasks

pytestmark = pytest.mark.django_db(transaction=True)
METHODS = ("enqueue", "aenqueue", "call", "acall")


@pytest.fixture(autouse=True)
def carrying(monkeypatch):
    """Tasks that carry the context in this test alone."""
    for name in METHODS:
        monkeypatch.setattr(Task, name, getattr(Task, name))
    django_tasks.connect()


@pytest.fixture
def queued(settings):
    """A worker has tasks run later, in another thread."""
    settings.TASKS = {"default": {"BACKEND": "tests.context.task_queue.QueueBackend"}}


def named(task, **others):
    return {"task": f"tests.context.task_queue.{task}", **others}


def test_a_task_says_what_was_told_where_it_was_queued(queued):
    with trigger_audit.context(user=7, reason="import"):
        task_queue.write.enqueue("told", twice=True)
        with trigger_audit.context(reason="inner"):
            run(task_queue.awrite.aenqueue("awaited"))
        task_queue.fail.enqueue("failing")
    task_queue.write.enqueue("untold")
    assert task_queue.messages[-1] == '["tests.context.task_queue.write", ["untold"], {}]'
    task_queue.work_off()
    assert by_name() == {
        "told": named("write", user=7, reason="import"),
        "told again": named("write", user=7, reason="import"),
        "awaited": named("awrite", user=7, reason="inner"),
        "failing": named("fail", user=7, reason="import"),
        "untold": named("write"),
    }


def test_a_task_that_runs_at_once_is_part_of_what_called_it(settings):
    settings.TASKS = {"default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"}}
    with trigger_audit.context(user=7):
        task_queue.write.enqueue("at once")
        task_queue.write_attempt.enqueue("attempt")
        assert trigger_audit.current_context() == {"user": 7}
    assert by_name() == {
        "at once": named("write", user=7),
        "attempt 1": named("write_attempt", user=7),
    }


def test_a_task_may_be_awaited(queued):
    with trigger_audit.context(user=7):
        run(task_queue.awrite.acall("called"))
    assert by_name() == {"called": named("awrite", user=7)}


def test_what_is_excluded_is_not_queued(queued, settings):
    settings.TRIGGER_AUDIT_CONTEXT_EXCLUDE = ["user"]
    with trigger_audit.context(user=7, reason="import"):
        task_queue.write.enqueue("excluded")
    assert "7" not in task_queue.messages[-1]
    task_queue.work_off()
    assert by_name() == {"excluded": named("write", reason="import")}


def test_connecting_twice_changes_nothing():
    before = [getattr(Task, name) for name in METHODS]
    django_tasks.connect()
    assert [getattr(Task, name) for name in METHODS] == before
