"""Celery: a message for each change, all by one producer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from celery.app.task import Task
from kombu.exceptions import OperationalError

from trigger_audit.feed.handoff.message import Message

unavailable = (OperationalError, OSError)


def is_task(handler: Any) -> bool:
    """Whether a handler is a task, or one that is still to be made."""
    return isinstance(handler, Task)


def function_of(task: Any) -> tuple[Callable[..., Any], int]:
    """The function, to which Celery itself binds the task."""
    return task.run, 0


def publish(task: Any, messages: Sequence[Message]) -> None:
    """Publish at once: nothing here waits for a commit, as the changes are committed."""
    with task.app.producer_or_acquire() as producer:
        for message in messages:
            with message.context():
                task.apply_async(
                    (message.payload,),
                    task_id=message.id,
                    producer=producer,
                    # What is logged of the arguments is not the row.
                    argsrepr=f"({message.key!r},)",
                )
