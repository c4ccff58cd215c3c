"""A backend of django.tasks that keeps what it is given as text, and tasks that write."""

import json
from concurrent.futures import ThreadPoolExecutor

import django.tasks
from django.db import connections
from django.tasks import TaskResult, TaskResultStatus
from django.tasks.backends.base import BaseTaskBackend
from django.utils.module_loading import import_string

from tests.example.models import Publisher

messages = []


class QueueBackend(BaseTaskBackend):
    """What a database or a broker does: it hands on JSON, and knows nothing else of the caller."""

    supports_async_task = True

    def enqueue(self, task, args, kwargs):
        self.validate_task(task)
        messages.append(json.dumps([task.module_path, args, kwargs]))
        moments = dict.fromkeys(("enqueued_at", "started_at", "finished_at", "last_attempted_at"))
        return TaskResult(
            task=task,
            id=str(len(messages)),
            status=TaskResultStatus.READY,
            args=list(args),
            kwargs=kwargs,
            backend=self.alias,
            errors=[],
            worker_ids=[],
            **moments,
        )


def work_off():
    """Run all tasks that are queued in one thread, as a worker does."""

    def work():
        while messages:
            path, args, kwargs = json.loads(messages.pop(0))
            try:
                import_string(path).call(*args, **kwargs)
            except RuntimeError:
                continue
            finally:
                connections.close_all()

    with ThreadPoolExecutor(1) as worker:
        worker.submit(work).result()


@django.tasks.task
def write(name, *, twice=False):
    Publisher.objects.create(name=name)
    if twice:
        write.enqueue(f"{name} again")


@django.tasks.task
async def awrite(name):
    await Publisher.objects.acreate(name=name)


@django.tasks.task
def fail(name):
    Publisher.objects.create(name=name)
    raise RuntimeError("of the task")


@django.tasks.task(takes_context=True)
def write_attempt(context, name):
    Publisher.objects.create(name=f"{name} {context.attempt}")
