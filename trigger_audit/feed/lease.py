"""The lease of a lane: one worker at a time, and the next at once when it dies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakSet

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from trigger_audit.exceptions import FeedInTransaction
from trigger_audit.feed.statements import row

_stricter: WeakSet[BaseDatabaseWrapper] = WeakSet()
"""Connections whose transactions are not READ COMMITTED by default."""


@contextmanager
def leased(
    connection: BaseDatabaseWrapper, subscription: str, shard: int, *, wait: bool = False
) -> Iterator[bool]:
    """A transaction, with the lease of a lane if nobody else has it.

    An advisory lock of the transaction assigns no transaction id and works behind a pooler.
    """
    with transacted(connection):
        if connection in _stricter:
            _read_committed(connection)
        lane = f"trigger_audit_feed:{subscription}:{shard}"
        is_leased, is_read_committed = row(connection, "lease_or_wait" if wait else "lease", lane)
        if not is_read_committed:
            _stricter.add(connection)
        # Where the default is stricter the first time goes for nothing.
        yield is_leased and is_read_committed


def _read_committed(connection: BaseDatabaseWrapper) -> None:
    """Have each statement see what was committed before it, whatever the default."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")


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
