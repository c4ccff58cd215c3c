"""What a Celery task writes says what was told where it was queued, in a real worker."""

import os
import signal
import subprocess
import sys

import pytest
from celery.signals import before_task_publish, task_postrun, task_prerun
from django.db import connection

import trigger_audit
from tests.context.events import by_name
from tests.waiting import wait_for
from trigger_audit.middleware import AuditContextMiddleware
from trigger_audit.workers import celery

pytestmark = pytest.mark.django_db(transaction=True)
APP = "tests.context.celery_app"


@pytest.fixture(scope="module")
def tasks(tmp_path_factory):
    """The module of the tasks, on a broker of its own, in a process that carries the context."""
    folder = tmp_path_factory.mktemp("broker")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRIGGER_AUDIT_BROKER", str(folder))
        from tests.context import celery_app

        celery.connect()
        yield celery_app
        before_task_publish.disconnect(celery.pack, dispatch_uid="trigger_audit")
        task_prerun.disconnect(celery.enter, dispatch_uid="trigger_audit")
        task_postrun.disconnect(celery.leave, dispatch_uid="trigger_audit")
        del sys.modules[APP]


@pytest.fixture(scope="module", params=["prefork", "threads"])
def worker(request, tasks, django_db_setup, tmp_path_factory):
    """A worker that runs until the end of the module; all that it printed, if a test fails."""
    log = tmp_path_factory.mktemp("worker") / "log"
    options = ["--pool", request.param, "--concurrency", "2", "--without-gossip"]
    environment = {
        **os.environ,
        "TRIGGER_AUDIT_WORKER_DATABASE": connection.settings_dict["NAME"],
        "DJANGO_SETTINGS_MODULE": "tests.context.worker_settings",
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", APP, "worker", "-l", "INFO", *options],
            env=environment,
            stdout=output,
            stderr=output,
        )
    wait_for(lambda: "ready." in log.read_text(), log)
    yield log
    process.send_signal(signal.SIGTERM)
    process.wait(60)


def written(worker, *names):
    """What each row was written with, when all are there; without the ids of tasks."""
    wait_for(lambda: set(names) <= by_name().keys(), worker)
    told = by_name()
    assert all(told[name].pop("task_id") for name in names)
    return {name: told[name] for name in names}


def named(task, **others):
    return {"task": f"{APP}.{task}", **others}


def test_a_task_says_what_was_told_where_it_was_queued(tasks, worker):
    with trigger_audit.context(user=7, reason="it's 100% \\ */ é😀"):
        tasks.write.delay("told")
        with trigger_audit.context(reason="inner"):
            tasks.write.apply_async(("nested",), headers={"other": "header"})
    tasks.write.delay("untold")
    assert written(worker, "told", "nested", "untold") == {
        "told": named("write", user=7, reason="it's 100% \\ */ é😀"),
        "nested": named("write", user=7, reason="inner"),
        "untold": named("write"),
    }


def test_a_request_is_told_to_its_tasks(tasks, worker, rf, admin_user):
    request = rf.post("/orders/")
    request.user = admin_user
    AuditContextMiddleware(lambda request: tasks.write.delay("ordered"))(request)
    told = written(worker, "ordered")["ordered"]
    assert told.pop("request_id")
    assert told == named(
        "write",
        method="POST",
        path="/orders/",
        remote_addr="127.0.0.1",
        user=admin_user.pk,
        username="admin",
    )


def test_tasks_of_tasks_and_what_follows_them(tasks, worker):
    with trigger_audit.context(user=7):
        tasks.queue_another.delay("by a task")
        (tasks.write.si("first") | tasks.write_with_reason.si("then")).delay()
        tasks.retry.delay("try")
    names = ["by a task", "first", "then", "try 0", "try 1"]
    assert written(worker, *names) == {
        "by a task": named("write", user=7),
        "first": named("write", user=7),
        "then": named("write_with_reason", user=7, reason="inner"),
        "try 0": named("retry", user=7),
        "try 1": named("retry", user=7),
    }


def test_nothing_of_a_task_is_left_to_the_next(tasks, worker):
    for number in range(10):
        with trigger_audit.context(user=number):
            tasks.fail.delay(f"failing {number}")
            tasks.write.delay(f"told {number}")
        tasks.write.delay(f"untold {number}")
    names = [f"{kind} {number}" for kind in ("failing", "told", "untold") for number in range(10)]
    assert written(worker, *names) == {
        **{f"failing {number}": named("fail", user=number) for number in range(10)},
        **{f"told {number}": named("write", user=number) for number in range(10)},
        **{f"untold {number}": named("write") for number in range(10)},
    }


def test_what_is_excluded_does_not_reach_the_broker(tasks, worker, settings):
    settings.TRIGGER_AUDIT_CONTEXT_EXCLUDE = ["user"]
    with trigger_audit.context(user=7, reason="import"):
        tasks.write.delay("excluded")
    assert written(worker, "excluded") == {"excluded": named("write", reason="import")}


def test_an_eager_task_is_part_of_what_called_it(tasks):
    with trigger_audit.context(user=7):
        tasks.write.apply(("eager",))
        tasks.fail.apply(("failing",))
        assert trigger_audit.current_context() == {"user": 7}
    assert written(None, "eager", "failing") == {
        "eager": named("write", user=7),
        "failing": named("fail", user=7),
    }
