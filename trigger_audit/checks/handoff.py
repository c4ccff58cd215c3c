"""Checks of the tasks that are subscribed."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from django.core.checks import CheckMessage, Error

from trigger_audit.feed import handoff
from trigger_audit.subscription import Subscription


def check(subscription: Subscription) -> Iterator[CheckMessage]:
    """A task can be called with a change, and with nothing besides."""
    queue = handoff.queue_of(subscription.handler)
    if queue is None:
        return
    function, before = queue.function_of(subscription.handler)
    try:
        inspect.signature(function).bind(*[None] * before, {})
    except TypeError as error:
        yield Error(
            f"The task of the subscription {subscription.name} cannot be called with a change:"
            f" {error}.",
            hint="Have it take one positional argument, the change as a dict.",
            obj=function,
            id="trigger_audit.E060",
        )
