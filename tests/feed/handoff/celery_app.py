"""A Celery application, whose broker is a Redis of the tests."""

import os

from celery import Celery, shared_task

from tests.feed.handoff.notes import note
from trigger_audit import feed

app = Celery(__name__, broker=os.environ["TRIGGER_AUDIT_BROKER"])
app.conf.update(broker_connection_retry_on_startup=True, worker_hijack_root_logger=False)


@app.task
def noting(change):
    note(change)


@shared_task
@feed.once
def noting_once(change):
    note(change)


@shared_task(bind=True, max_retries=1)
@feed.once
def noting_at_last(self, change):
    note(change)
    if not self.request.retries:
        raise self.retry(countdown=0)
