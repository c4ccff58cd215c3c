"""Checks of what a subscription is given besides its models."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error
from django.utils import timezone

from trigger_audit.checks.entries import shown
from trigger_audit.feed import handoff
from trigger_audit.subscription import OPERATIONS, POLICIES, STARTS, Subscription

LONGEST_NAME = 200

WHOLE = {"batch_size": 100_000, "shards": 1000, "attempts": 1_000_000}
"""What is a whole number, from 1, and up to where."""


def check(subscription: Subscription) -> Iterator[CheckMessage]:
    """Each option is of its type, and one of its values."""
    yield from _check_name(subscription)
    yield from _check_handler(subscription)
    yield from _check_operations(subscription)
    yield from _check_start(subscription)
    yield from _check_numbers(subscription)
    yield from _check_choices(subscription)


def error(subscription: Subscription, what: str, hint: str, id_: str) -> CheckMessage:
    """An error, which tells the subscription and the module that declares it."""
    return Error(_message(subscription, what), hint=hint, obj=module_of(subscription), id=id_)


def warning(subscription: Subscription, what: str, hint: str, id_: str) -> CheckMessage:
    """The same as a warning."""
    message = _message(subscription, what)
    return checks.Warning(message, hint=hint, obj=module_of(subscription), id=id_)


def module_of(subscription: Subscription) -> str:
    """The module that declares a subscription, as its handler tells."""
    return str(getattr(subscription.handler, "__module__", None) or "trigger_audit")


def _message(subscription: Subscription, what: str) -> str:
    return f"The subscription {shown(subscription.name)} {what}."


def _check_name(subscription: Subscription) -> Iterator[CheckMessage]:
    name: Any = subscription.name
    is_right = isinstance(name, str) and name.isprintable() and name.strip() == name != ""
    if not is_right or len(name) > LONGEST_NAME or name.startswith("-"):
        hint = f"A name is printable text of at most {LONGEST_NAME} characters, without a '-' first"
        yield error(
            subscription,
            "has a name that is none",
            f"{hint} or a space around it.",
            "trigger_audit.E040",
        )


def _check_handler(subscription: Subscription) -> Iterator[CheckMessage]:
    handler: Any = subscription.handler
    if handoff.queue_of(handler) is not None:
        return
    if not callable(handler):
        yield error(
            subscription,
            f"has the handler {shown(handler)}, which cannot be called",
            "Decorate a function of one argument, the batch, or a task.",
            "trigger_audit.E049",
        )
    elif any(map(_does_nothing, (handler, type(handler).__call__))):
        yield error(
            subscription,
            "has a handler that does nothing when it is called: it is async, or a generator",
            "Write it with def and without yield; asgiref.sync.async_to_sync calls what is async.",
            "trigger_audit.E049",
        )
    elif not _takes_a_batch(handler):
        yield error(
            subscription,
            "has a handler that does not take one argument",
            "Let it take the batch, and have defaults for whatever else it takes.",
            "trigger_audit.E049",
        )


def _does_nothing(function: Any) -> bool:
    """Whether it has yet to do its work when it was called."""
    kinds = (inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction)
    return any(is_one(function) for is_one in kinds)


def _takes_a_batch(handler: Callable[..., Any]) -> bool:
    try:
        inspect.signature(handler).bind(None)
    except TypeError:
        return False
    except ValueError:
        return True  # It does not tell.
    return True


def _check_operations(subscription: Subscription) -> Iterator[CheckMessage]:
    operations: Any = subscription.operations
    known = ", ".join(map(repr, OPERATIONS))
    if isinstance(operations, (list, tuple, set, frozenset)) and operations:
        unknown = sorted(shown(each) for each in operations if each not in OPERATIONS)
        if not unknown:
            return
        what = f"names the operation {', '.join(unknown)}, which does not exist"
    else:
        what = f"has operations={shown(operations)}"
    yield error(
        subscription, what, f"operations is a list of some of {known}.", "trigger_audit.E048"
    )


def _check_start(subscription: Subscription) -> Iterator[CheckMessage]:
    start: Any = subscription.start
    if isinstance(start, datetime):
        yield from _check_moment(subscription, start)
    elif not isinstance(start, str) or start not in STARTS:
        known = ", ".join(f'"{each}"' for each in STARTS)
        yield error(
            subscription,
            f"has start={shown(start)}",
            f"start is {known} or a datetime.",
            "trigger_audit.E050",
        )


def _check_moment(subscription: Subscription, start: datetime) -> Iterator[CheckMessage]:
    if timezone.is_naive(start) and settings.USE_TZ:
        yield error(
            subscription,
            f"starts at {start}, which may be any hour: it has no time zone",
            "Give it one: datetime(..., tzinfo=timezone.utc).",
            "trigger_audit.E050",
        )
        return
    aware = timezone.make_aware(start) if timezone.is_naive(start) else start
    if aware > datetime.now(tz=aware.tzinfo):
        yield warning(
            subscription,
            f"starts at {start}, in the future: no change before that is ever delivered",
            'Start at "latest", or add trigger_audit.W010 to SILENCED_SYSTEM_CHECKS.',
            "trigger_audit.W010",
        )


def _check_numbers(subscription: Subscription) -> Iterator[CheckMessage]:
    for name, most in WHOLE.items():
        value: Any = getattr(subscription, name)
        if type(value) is not int or not 1 <= value <= most:
            hint = f"{name} is a whole number from 1 to {most}."
            yield error(subscription, f"has {name}={shown(value)}", hint, "trigger_audit.E051")
    backoff: Any = subscription.backoff
    if type(backoff) not in (int, float) or not 0 <= backoff < math.inf:
        hint = "backoff is a number of seconds, 0 or more."
        yield error(subscription, f"has backoff={shown(backoff)}", hint, "trigger_audit.E051")


def _check_choices(subscription: Subscription) -> Iterator[CheckMessage]:
    policy: Any = subscription.on_failure
    if not isinstance(policy, str) or policy not in POLICIES:
        known = " or ".join(f'"{each}"' for each in POLICIES)
        yield error(
            subscription,
            f"has on_failure={shown(policy)}",
            f"on_failure is {known}.",
            "trigger_audit.E052",
        )
    atomic: Any = subscription.atomic
    if not isinstance(atomic, bool):
        what = f"has atomic={shown(atomic)}"
        yield error(subscription, what, "atomic is True or False.", "trigger_audit.E052")
