"""RQ: a job for each change that has none yet, all in one transaction of Redis."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from redis import exceptions
from rq import Queue, decorators

from trigger_audit.feed.handoff.message import Message
from trigger_audit.workers.carried import KEY, carried

# Redis knows nothing of what is in a job: what it refuses is of no change.
unavailable = (
    exceptions.ConnectionError,
    exceptions.TimeoutError,
    exceptions.ResponseError,
    OSError,
)


def is_task(handler: Any) -> bool:
    """Whether a handler is a function that RQ's decorator, or django-rq's, made a job of."""
    return _declared(handler) is not None


def function_of(task: Any) -> tuple[Callable[..., Any], int]:
    """The function itself."""
    return task, 0


def publish(task: Any, messages: Sequence[Message]) -> None:
    """Enqueue those whose jobs Redis does not have; a job that was enqueued again would run again.

    :raises RedisError: if Redis does not answer, or refuses.
    """
    declared: Any = _declared(task)
    queue = _queue(declared)
    jobs = {
        queue.job_class.key_for(message.id): _options(declared, task, message)
        for message in messages
    }

    def enqueue(pipeline: Any) -> None:
        new = _new(queue, jobs)
        pipeline.multi()
        queue.enqueue_many([queue.prepare_data(task, **job) for job in new], pipeline=pipeline)

    if queue.is_async:
        # Should another enqueue one of them meanwhile, Redis refuses all, and it begins anew.
        queue.connection.transaction(enqueue, *jobs)
        return
    for job in _new(queue, jobs):
        # They run here and now, and write what becomes of them.
        queue.enqueue_call(task, **job)


def _new(queue: Queue, jobs: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """The jobs that Redis does not have; it also has those that are done."""
    with queue.connection.pipeline(transaction=False) as pipeline:
        for key in jobs:
            pipeline.exists(key)
        known = pipeline.execute()
    return [job for job, is_known in zip(jobs.values(), known, strict=True) if not is_known]


def _options(declared: Any, task: Any, message: Message) -> dict[str, Any]:
    """What the decorator says of each job, and what is this one's own."""
    taken = inspect.signature(Queue.prepare_data).parameters
    options = {name: value for name, value in vars(declared).items() if name in taken}
    with message.context():
        told = carried()
    return {
        **options,
        "args": (message.payload,),
        "job_id": message.id,
        "meta": {**(declared.meta or {}), **({} if told is None else {KEY: told})},
        # Else it would be the call, with all that is in the row.
        "description": declared.description or f"{task.__qualname__} for {message.key}",
    }


def _declared(handler: Any) -> decorators.job | None:
    """The decorator, which alone knows the queue, and which nothing but its closure leads to."""
    delay = getattr(handler, "delay", None)
    if not inspect.isfunction(handler) or not inspect.isfunction(delay):
        return None
    declared = inspect.getclosurevars(delay).nonlocals.get("self")
    return declared if isinstance(declared, decorators.job) else None


def _queue(declared: Any) -> Queue:
    if isinstance(declared.queue, str):
        queue: Queue = declared.queue_class(name=declared.queue, connection=declared.connection)
        return queue
    return declared.queue  # type: ignore[no-any-return]
