"""Changes handed to Celery: a real worker takes them from a real Redis."""

import sys

import pytest
from celery.signals import before_task_publish, task_postrun, task_prerun

import trigger_audit
from tests.context.events import contexts
from tests.example.models import Publisher
from tests.feed.conftest import drain
from tests.feed.handoff import conftest
from tests.feed.handoff.conftest import killed_before_it_commits, noted
from trigger_audit.feed.handoff.message import task_id
from trigger_audit.models import AuditEvent
from trigger_audit.workers import celery

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]
APP = "tests.feed.handoff.celery_app"


@pytest.fixture(scope="module")
def tasks(redis_socket):
    """The module of the tasks, in a process that carries the context."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRIGGER_AUDIT_BROKER", f"redis+socket://{redis_socket}")
        from tests.feed.handoff import celery_app

        celery.connect()
        yield celery_app
        before_task_publish.disconnect(celery.pack, dispatch_uid="trigger_audit")
        task_prerun.disconnect(celery.enter, dispatch_uid="trigger_audit")
        task_postrun.disconnect(celery.leave, dispatch_uid="trigger_audit")
        del sys.modules[APP]


@pytest.fixture(scope="module")
def worker(tasks, django_db_setup, tmp_path_factory):
    """A worker that takes one task after the other; what it printed."""
    log = tmp_path_factory.mktemp("celery") / "log"
    options = ["--pool", "solo", "-l", "INFO", "--without-gossip", "--without-mingle"]
    process = conftest.started(log, "ready.", "celery", "-A", APP, "worker", *options)
    yield log
    conftest.ended(process)


def test_each_change_is_a_task_in_the_order_of_the_changes(tasks, worker, subscribe, session):
    subscribe(Publisher, handler=tasks.noting)
    session.execute("INSERT INTO library_publisher (id, name) VALUES (1, 'Ann'), (2, 'Bob')")
    session.execute("UPDATE library_publisher SET name = 'Ben' WHERE id = 2")
    session.execute("DELETE FROM library_publisher WHERE id = 1")
    drain()
    assert noted(worker, "DELETE 1 None") == [
        "INSERT 1 Ann",
        "INSERT 2 Bob",
        "UPDATE 2 Ben",
        "DELETE 1 None",
    ]


def test_a_task_says_what_was_told_of_the_change(tasks, worker, subscribe):
    subscribe(Publisher, handler=tasks.noting, name="notes")
    with trigger_audit.context(user=7, reason="import"):
        ann = Publisher.objects.create(name="Ann")
    drain("notes")
    noted(worker, f"INSERT {ann.pk} Ann")
    event = AuditEvent.objects.get(table_name="library_publisher").pk
    assert contexts("library_book") == [
        {
            "user": 7,
            "reason": "import",
            "subscription": "notes",
            "task": f"{APP}.noting",
            "task_id": task_id(f"notes:1:{event}"),
        }
    ]


def test_what_is_queued_again_after_a_kill_is_handled_once(tasks, worker, subscribe, session):
    subscribe(Publisher, handler=tasks.noting_once)
    session.execute("INSERT INTO library_publisher (id, name) VALUES (1, 'Ann'), (2, 'Bob')")
    killed_before_it_commits()
    drain()
    session.execute("DELETE FROM library_publisher WHERE id = 1")
    drain()
    assert noted(worker, "DELETE 1 None") == ["INSERT 1 Ann", "INSERT 2 Bob", "DELETE 1 None"]
    assert worker.read_text().count("noting_once has handled test:") == 2


def test_a_task_that_is_tried_again_has_left_no_receipt(tasks, worker, subscribe, session):
    subscribe(Publisher, handler=tasks.noting_at_last)
    session.execute("INSERT INTO library_publisher (id, name) VALUES (1, 'Ann')")
    drain()
    assert noted(worker, "INSERT 1 Ann") == ["INSERT 1 Ann"]
    assert "Retry in 0s" in worker.read_text()
