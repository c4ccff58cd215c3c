"""Tasks that handle a change once, however often it comes."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Mapping
from functools import partial, wraps
from typing import Any, TypeVar, overload

from django.db import connections, transaction

from trigger_audit.exceptions import NotHandedOff
from trigger_audit.feed.statements import row

Function = TypeVar("Function", bound=Callable[..., Any])

logger = logging.getLogger("trigger_audit.feed")


@overload
def once(function: Function) -> Function: ...


@overload
def once(*, days: int = 30, using: str | None = None) -> Callable[[Function], Function]: ...


def once(function: Any = None, *, days: int = 30, using: str | None = None) -> Any:
    """Have a function that a task queue calls with changes handle each of them once.

    It runs in a transaction with the receipt of the change: what it writes to this database counts
    exactly once. One that raises leaves no receipt, and may be tried again. While a change is being
    handled, a second worker with the same change waits.

    Put it below the decorator that makes the task.

    :param days: for how long a change is known; longer than a message may stay in the queue.
    :param using: the alias of the database, if not the one that the changes are of.
    :raises TypeError: if it is a coroutine function, which no transaction can enclose.
    """
    if function is None:
        return partial(once, days=days, using=using)
    if inspect.iscoroutinefunction(function):
        raise TypeError(f"{function.__qualname__} is a coroutine function: have it sync.")
    name = f"{function.__module__}.{function.__qualname__}"

    @wraps(function)
    def handle(*args: Any, **kwargs: Any) -> Any:
        change = _change_of((*args, *kwargs.values()), name)
        alias = using or change["database"]
        with transaction.atomic(using=alias):
            known = (change["subscription"], change["idempotency_key"], name, days)
            if row(connections[alias], "receive", *known):
                return function(*args, **kwargs)
        logger.info("%s has handled %s before.", name, change["idempotency_key"])
        return None

    return handle


def _change_of(arguments: tuple[Any, ...], name: str) -> Mapping[str, Any]:
    """The change among what a queue calls a function with.

    :raises NotHandedOff: if there is none.
    """
    for each in arguments:
        if isinstance(each, Mapping) and "idempotency_key" in each:
            return each
    raise NotHandedOff(name)
