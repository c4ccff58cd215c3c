"""The lease of a lane: one worker at a time, and the next at once when it dies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from django.db import Error, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from trigger_audit.exceptions import FeedInTransaction, NoConnection
from trigger_audit.feed.statements import row

_defaults: WeakKeyDictionary[BaseDatabaseWrapper, bool] = WeakKeyDictionary()


@contextmanager
def leased(
    connection: BaseDatabaseWrapper, subscription: str, shard: int, *, wait: bool = False
) -> Iterator[bool]:
    """A transaction, with the lease of a lane if nobody else has it.

    An advisory lock of the transaction assigns no transaction id and works behind a pooler.
    """
    with read_committed(connection):
        if connections[connection.alias] is not connection:
            row(connection, "patience")
        yield lease(connection, subscription, shard, wait=wait)


@contextmanager
def beside(connection: BaseDatabaseWrapper, *, atomic: bool) -> Iterator[BaseDatabaseWrapper]:
    """The connection for the lease: without ``atomic`` one of its own, so that the handler does not
    find itself in the transaction.

    :raises NoConnection: if it cannot be had.
    """
    if atomic:
        yield connection
        return
    own = connection.copy()
    try:
        own.ensure_connection()
    except Error as error:
        raise NoConnection(str(error).strip()) from error
    try:
        yield own
    finally:
        own.close()


@contextmanager
def read_committed(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """A transaction in which each statement sees what was committed before it."""
    is_read_committed = _is_read_committed(connection)
    with transacted(connection):
        if not is_read_committed:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        yield


def lease(
    connection: BaseDatabaseWrapper, subscription: str, shard: int, *, wait: bool = False
) -> bool:
    """Take the lease of a lane for the open transaction; whether it could be had."""
    lane = lane_name(subscription, shard)
    (is_leased,) = row(connection, "lease_or_wait" if wait else "lease", lane)
    return wait or bool(is_leased)


def lane_name(subscription: str, shard: int) -> str:
    """What the advisory lock of a lane is made of."""
    return f"trigger_audit_feed:{subscription}:{shard}"


def _is_read_committed(connection: BaseDatabaseWrapper) -> bool:
    """Whether transactions are so by default; each statement of ours has to see the latest."""
    if connection not in _defaults:
        with transacted(connection):
            (_defaults[connection],) = row(connection, "isolation")
    return _defaults[connection]


@contextmanager
def transacted(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """A transaction, also on a connection that is none of Django's own.

    :raises FeedInTransaction: if one is open already.
    """
    if connection.in_atomic_block:
        raise FeedInTransaction
    if connections[connection.alias] is connection:
        with transaction.atomic(using=connection.alias):
            yield
        return
    connection.set_autocommit(False)
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    else:
        connection.commit()
    finally:
        connection.set_autocommit(True)
