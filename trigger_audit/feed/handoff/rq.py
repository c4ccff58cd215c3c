"""RQ: a job for each change that has none yet, all in one transaction of Redis."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from redis.exceptions import RedisError
from rq import Queue
from rq.decorators import job

from trigger_audit.feed.handoff.message import Message
from trigger_audit.workers.carried import KEY, carried

# Redis knows nothing of what is in a job: its errors are of no change.
unavailable = (RedisError, OSError)


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
    options = _options(declared, queue)
    jobs = {queue.job_class.key_for(message.id): message for message in messages}

    def enqueue(pipeline: Any) -> None:
        known = _known(queue, jobs)
        pipeline.multi()
        for key, message in jobs.items():
            if key not in known:
                _enqueue(queue, task, message, options, pipeline)

    if queue.is_async:
        # Should another enqueue one of them meanwhile, Redis refuses all, and it begins anew.
        queue.connection.transaction(enqueue, *jobs)
    else:
        _run(queue, task, jobs, options)


def _run(queue: Queue, task: Any, jobs: dict[str, Message], options: dict[str, Any]) -> None:
    """A queue that is not asynchronous runs its jobs here and now."""
    known = _known(queue, jobs)
    for key, message in jobs.items():
        if key not in known:
            _enqueue(queue, task, message, options, None)


def _known(queue: Queue, keys: Iterable[str]) -> set[str]:
    """The keys of jobs that Redis has, those that are done included."""
    with queue.connection.pipeline(transaction=False) as pipeline:
        for key in keys:
            pipeline.exists(key)
        return {key for key, found in zip(keys, pipeline.execute(), strict=True) if found}


def _enqueue(
    queue: Queue, task: Any, message: Message, options: dict[str, Any], pipeline: Any
) -> None:
    with message.context():
        told = carried()
    meta = {**(options.get("meta") or {}), **({} if told is None else {KEY: told})}
    # Else it would be the call, with all that is in the row.
    description = options.get("description") or f"{task.__qualname__} for {message.key}"
    own = {"job_id": message.id, "meta": meta, "description": description, "pipeline": pipeline}
    queue.enqueue_call(task, args=(message.payload,), **{**options, **own})


def _declared(handler: Any) -> job | None:
    """The decorator, which alone knows the queue, and which nothing but its closure leads to."""
    delay = getattr(handler, "delay", None)
    if not inspect.isfunction(handler) or not inspect.isfunction(delay):
        return None
    declared = inspect.getclosurevars(delay).nonlocals.get("self")
    return declared if isinstance(declared, job) else None


def _queue(declared: Any) -> Queue:
    if isinstance(declared.queue, str):
        queue: Queue = declared.queue_class(name=declared.queue, connection=declared.connection)
        return queue
    return declared.queue  # type: ignore[no-any-return]


def _options(declared: Any, queue: Queue) -> dict[str, Any]:
    """What the decorator was given, as far as the queue takes it."""
    taken = inspect.signature(queue.enqueue_call).parameters
    return {name: value for name, value in vars(declared).items() if name in taken}
