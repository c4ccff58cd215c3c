"""django.tasks: the context travels as a keyword argument, all that every backend hands on."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.tasks import Task

from trigger_audit.workers.carried import KEY, carried, resumed


def connect() -> None:
    """Have each task run in the context that it was queued in, whatever the backend."""
    for name, carrying in (
        ("enqueue", packing),
        ("aenqueue", packing),
        ("call", unpacking),
        ("acall", aunpacking),
    ):
        method = getattr(Task, name)
        if not getattr(method, "carries_context", False):
            setattr(Task, name, carrying(method))
            getattr(Task, name).carries_context = True


def packing(enqueue: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(enqueue)
    def pack(self: Any, *args: Any, **kwargs: Any) -> Any:
        told = carried()
        return enqueue(self, *args, **kwargs, **({} if told is None else {KEY: told}))

    return pack


def unpacking(call: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(call)
    def run(self: Any, *args: Any, **kwargs: Any) -> Any:
        with resumed(kwargs.pop(KEY, None), task=self.module_path):
            return call(self, *args, **kwargs)

    return run


def aunpacking(acall: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(acall)
    async def run(self: Any, *args: Any, **kwargs: Any) -> Any:
        with resumed(kwargs.pop(KEY, None), task=self.module_path):
            return await acall(self, *args, **kwargs)

    return run
