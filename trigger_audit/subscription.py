"""What a project subscribes to, and the decorator that says so."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from inspect import unwrap
from typing import Any, TypeVar

from trigger_audit.declaration import Model

Handler = TypeVar("Handler")

OPERATIONS = ("INSERT", "UPDATE", "DELETE", "TRUNCATE")
"""What happens to rows; SNAPSHOT besides is a row that was there before."""

LATEST, EARLIEST, BACKFILL = "latest", "earliest", "backfill"
STARTS = (LATEST, EARLIEST, BACKFILL)

PARK, SKIP, STOP = "park", "skip", "stop"
POLICIES = (PARK, SKIP, STOP)


@dataclass(frozen=True, eq=False)
class Subscription:
    """A handler, and what it is called with. The parameters are those of :func:`subscribe`."""

    name: str
    handler: Any  # A function, or a task, which is not always callable.
    models: tuple[str | Model, ...]
    operations: Collection[str] = OPERATIONS
    fields: Collection[str] | None = None
    start: str | datetime = LATEST
    batch_size: int = 500
    shards: int = 1
    attempts: int = 5
    backoff: float = 1.0
    on_failure: str = PARK
    atomic: bool = True
    using: str | None = None

    def __str__(self) -> str:
        return self.name


subscriptions: list[Subscription] = []
"""Every subscription of the project, in the order of its declaration."""


def subscribe(
    *models: str | Model,
    name: str | None = None,
    operations: Collection[str] = OPERATIONS,
    fields: Collection[str] | None = None,
    start: str | datetime = LATEST,
    batch_size: int = 500,
    shards: int = 1,
    attempts: int = 5,
    backoff: float = 1.0,
    on_failure: str = PARK,
    atomic: bool = True,
    using: str | None = None,
) -> Callable[[Handler], Handler]:
    """Have a function called with batches of committed changes, in order for each row.

    A task of Celery, of ``django.tasks`` or of RQ is queued for each change instead.

    Put it into a module ``subscriptions`` of an installed app, where it is found. Nothing is
    validated here: mistakes are reported by ``manage.py check``.

    :param models: audited models, as classes or as ``"app_label.ModelName"``.
    :param name: what the position is kept under; ``"app.function"`` if not given. A new name is a
        new subscription.
    :param operations: which of ``INSERT``, ``UPDATE``, ``DELETE`` and ``TRUNCATE``.
    :param fields: an UPDATE counts only if one of these fields, or the primary key, changed.
    :param start: where a new subscription begins: ``"latest"``, what is committed from its first
        poll on; ``"earliest"``, all there is; a :class:`~datetime.datetime`; ``"backfill"``, the
        rows that are there, and then what happens to them.
    :param batch_size: how many changes, at most, a call gets.
    :param shards: lanes that workers may take side by side; the changes of a row stay in one.
    :param attempts: how often a batch is tried before the change that fails is looked for.
    :param backoff: seconds to wait after the first failure, doubled after each, to a minute.
    :param on_failure: ``"park"`` holds a row whose change fails, and its later changes, until
        ``retry``; ``"skip"`` goes on with the later ones; ``"stop"`` tries for ever.
    :param atomic: whether the handler's work and the position are one transaction, which makes each
        change count exactly once in this database. Without it the handler runs in autocommit.
    :param using: the alias of the database; by default where the routers write the first model.
    """

    def register(handler: Handler) -> Handler:
        subscription = Subscription(
            name=name if name is not None else default_name(handler),
            handler=handler,
            models=models,
            operations=operations,
            fields=fields,
            start=start,
            batch_size=batch_size,
            shards=shards,
            attempts=attempts,
            backoff=backoff,
            on_failure=on_failure,
            atomic=atomic,
            using=using,
        )
        subscriptions.append(subscription)
        return handler

    return register


def default_name(handler: Any) -> str:
    """``library.index`` for the function ``index`` of ``library.subscriptions``."""
    # A task is of a function, as a partial is.
    function = unwrap(getattr(handler, "func", handler))
    module = str(getattr(function, "__module__", "")).removesuffix(".subscriptions")
    return f"{module}.{getattr(function, '__name__', type(function).__name__)}"


def unsubscribe(name: str) -> None:
    """Take back every subscription of that name; its position stays."""
    subscriptions[:] = [each for each in subscriptions if each.name != name]
