"""django.tasks: a task for each change, in whatever way its backend queues it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db import InterfaceError, OperationalError
from django.tasks import Task

from trigger_audit.feed.handoff.message import Message

unavailable = (OperationalError, InterfaceError, OSError)


def is_task(handler: Any) -> bool:
    """Whether a handler is a task."""
    return isinstance(handler, Task)


def function_of(task: Any) -> tuple[Callable[..., Any], int]:
    """The function, which may take a context first."""
    return task.func, int(task.takes_context)


def publish(task: Any, messages: Sequence[Message]) -> None:
    """Enqueue one by one: there is no other way, and no id that could be given."""
    for message in messages:
        with message.context():
            task.enqueue(message.payload)
