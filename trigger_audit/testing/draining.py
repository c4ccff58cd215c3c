"""Whatever is pending, delivered at once, in the process of the test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test.testcases import DatabaseOperationForbidden  # type: ignore[attr-defined]

from trigger_audit.exceptions import DrainInTransaction, EndlessDrain
from trigger_audit.feed import registry, statements
from trigger_audit.subscription import Subscription
from trigger_audit.testing import committed, uncommitted

Delivery = tuple[str, Callable[[], int]]

ROUNDS = 100
"""How often, at most, handlers may write what is delivered in turn."""


def drain(*names: str, using: str | None = None) -> Counter[str]:
    """Deliver all that is pending to the subscriptions, and what their handlers write thereby.

    In a ``TestCase`` that is what the test has written in its transaction, and each change comes
    once; at the end nothing is left of it. In a ``TransactionTestCase`` it is what the audit table
    has, and the feed itself delivers it. Where subscriptions ``start`` counts in neither.

    :param names: of which subscriptions; of all, if none is given.
    :param using: the alias of the database; by default each subscription's own, and without names
        those alone that the test may use.
    :returns: how many changes were delivered to each subscription that got any, by its name.
    :raises UnknownSubscription: if there is none of such a name.
    :raises DrainInTransaction: in a transaction that is not a ``TestCase``'s own.
    :raises EndlessDrain: if the handlers write without end what they subscribe to.
    :raises Exception: whatever a handler raises. Its batch is pending then, as it was.
    """
    delivered: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for _ in range(ROUNDS):
        found = Counter({name: deliver() for name, deliver in _deliveries(names, using)})
        if not found.total():
            return delivered
        # Addition leaves out those that got none.
        delivered += found
    raise EndlessDrain(", ".join(sorted(+found)))


def _deliveries(names: tuple[str, ...], using: str | None) -> Iterator[Delivery]:
    for subscription in map(registry.get, names) if names else registry.registered():
        alias = registry.database_of(subscription)
        connection = connections[using or alias]
        if names or (using in (None, alias) and _is_allowed(connection)):
            yield subscription.name, _delivery(subscription, connection)


def _is_allowed(connection: BaseDatabaseWrapper) -> bool:
    """Whether the test's ``databases`` have it: else nothing of it can be pending."""
    try:
        with connection.cursor():
            return True
    except DatabaseOperationForbidden:
        return False


def _delivery(subscription: Subscription, connection: BaseDatabaseWrapper) -> Callable[[], int]:
    statements.locate(connection)
    if not connection.in_atomic_block:
        return lambda: committed.deliver(connection, subscription)
    # How Django itself tells them apart, for the sake of durable blocks.
    outermost: Any = connection.atomic_blocks[0]
    if not outermost._from_testcase:
        raise DrainInTransaction(subscription.name)
    return lambda: uncommitted.deliver(connection, subscription)
