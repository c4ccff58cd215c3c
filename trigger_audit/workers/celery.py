"""Celery: the context travels in the headers of the message."""

from __future__ import annotations

from typing import Any

from celery.signals import before_task_publish, task_postrun, task_prerun

from trigger_audit.workers.carried import KEY, carried, resumed

_BLOCK = "_trigger_audit_block"


def connect() -> None:
    """Have each task run in the context that it was queued in."""
    before_task_publish.connect(pack, dispatch_uid="trigger_audit")
    task_prerun.connect(enter, dispatch_uid="trigger_audit")
    task_postrun.connect(leave, dispatch_uid="trigger_audit")


def pack(headers: dict[str, Any] | None = None, **_: Any) -> None:
    """Where nothing is told, what the caller may have put there stays."""
    told = carried()
    if told is not None and headers is not None:
        headers[KEY] = told


def enter(task: Any, task_id: str, **_: Any) -> None:
    """An eager task runs in the context of its caller already, and has no headers."""
    told = task.request.get(KEY) or (task.request.get("headers") or {}).get(KEY)
    block = resumed(told, task=task.name, task_id=task_id)
    block.__enter__()
    setattr(task.request, _BLOCK, block)


def leave(task: Any, **_: Any) -> None:
    """The same thread and task as in ``enter``, whatever became of it."""
    block = task.request.get(_BLOCK)
    if block is not None:
        setattr(task.request, _BLOCK, None)
        block.__exit__(None, None, None)
