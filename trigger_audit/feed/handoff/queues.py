"""The queues whose tasks may be subscribed, each with the module that hands changes to it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, Protocol

from trigger_audit.exceptions import NothingHandled, QueueUnavailable
from trigger_audit.feed.batch import Batch
from trigger_audit.feed.handoff.message import Message, message

QUEUES = {
    "celery": "trigger_audit.feed.handoff.celery",
    "django.tasks": "trigger_audit.feed.handoff.django_tasks",
    "rq": "trigger_audit.feed.handoff.rq",
}


class Queue(Protocol):
    """What the module of a queue has.

    :ivar unavailable: what is raised where the queue cannot be reached.
    """

    unavailable: tuple[type[Exception], ...]

    def is_task(self, handler: Any) -> bool:
        """Whether a handler is a task of this queue."""

    def function_of(self, task: Any) -> tuple[Callable[..., Any], int]:
        """The function that a worker calls, and how many arguments come before the change."""

    def publish(self, task: Any, messages: Sequence[Message]) -> None:
        """Queue a task for each message."""


def queue_of(handler: Any) -> Queue | None:
    """The queue that a handler is a task of; None for what is to be called."""
    for package, module in QUEUES.items():
        # Where a package was not imported, nobody has a task of it.
        if package in sys.modules:
            queue: Any = import_module(module)
            if queue.is_task(handler):
                return queue  # type: ignore[no-any-return]  # mypy takes no module for a protocol.
    return None


def _refuse_what_waits(returned: Any, batch: Batch) -> None:
    """Nothing, unless a handler has yet to do its work, which a wrapper hides from the checks.

    :raises NothingHandled: if it returned a coroutine or a generator.
    """
    if inspect.iscoroutine(returned):
        returned.close()
    elif not inspect.isgenerator(returned) and not inspect.isasyncgen(returned):
        return
    raise NothingHandled(batch.subscription)


def handle(handler: Callable[..., Any], batch: Batch) -> None:
    """Call a handler with a batch, or queue it for each change.

    :raises QueueUnavailable: if the queue cannot be reached.
    :raises NothingHandled: if the handler is async, or a generator.
    """
    queue = queue_of(handler)
    if queue is None:
        _refuse_what_waits(handler(batch), batch)
        return
    # All are made before any is sent: one that cannot be made is not known by a half sent batch.
    messages = [message(change, batch.subscription) for change in batch]
    try:
        queue.publish(handler, messages)
    except queue.unavailable as error:
        raise QueueUnavailable(f"{batch.subscription}: {error}") from error
