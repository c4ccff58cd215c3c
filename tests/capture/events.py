"""Complete events, as tests compare them."""

from __future__ import annotations

import io
import json
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.backends.postgresql.psycopg_any import is_psycopg3

COLUMNS = (
    "SELECT id, at, txid::text, op, table_schema, table_name, object_id, old::text, new::text,"
    " context::text, db_user FROM trigger_audit_event WHERE id > %s ORDER BY id"
)


class Exactly(Decimal):
    """A number that equals only one of its own scale: 9.9 is not 9.90."""

    def __eq__(self, other):
        return isinstance(other, Decimal) and self.as_tuple() == other.as_tuple()

    __hash__ = Decimal.__hash__


class Event(NamedTuple):
    """An event without what differs from run to run: its id, moment and transaction."""

    op: str
    table_name: str
    object_id: str | None = None
    old: dict[str, Any] | None = None
    new: dict[str, Any] | None = None
    context: dict[str, Any] | None = None
    table_schema: str = "public"
    db_user: str = "postgres"


def inserted(table_name, object_id, new, **others):
    return Event("INSERT", table_name, object_id, None, new, **others)


def updated(table_name, object_id, old, new, **others):
    return Event("UPDATE", table_name, object_id, old, new, **others)


def deleted(table_name, object_id, old, **others):
    return Event("DELETE", table_name, object_id, old, None, **others)


def truncated(table_name, **others):
    return Event("TRUNCATE", table_name, **others)


class Recorded(list):
    """The events of a block, in the order of their ids, and the transactions they belong to."""

    def __init__(self):
        super().__init__()
        self.transactions = []


@contextmanager
def recorded():
    """The events written in the block: of moments within it, in the transaction around it."""
    events = Recorded()
    last, begun = query("SELECT coalesce(max(id), 0), clock_timestamp() FROM trigger_audit_event")
    yield events
    (ended,) = query("SELECT clock_timestamp()")
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS, [last])
        for _, at, txid, *rest, old, new, context, db_user in cursor.fetchall():
            assert begun <= at <= ended
            op, table_schema, table_name, object_id = rest
            images = (exact_json(image) for image in (old, new, context))
            events.append(Event(op, table_name, object_id, *images, table_schema, db_user))
            events.transactions.append(txid)
    if connection.in_atomic_block:
        assert set(events.transactions) <= set(query("SELECT pg_current_xact_id()::text"))


def exact_json(text):
    return None if text is None else json.loads(text, parse_float=Exactly)


def query(statement, parameters=None):
    """The first row of a statement's result."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchone()


def execute(statement, parameters=None):
    """Run a statement as is; return the number of its rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.rowcount


def copy(statement, text):
    """Feed a COPY … FROM STDIN, as the driver at hand does."""
    with connection.cursor() as cursor:
        if is_psycopg3:
            with cursor.copy(statement) as stream:
                stream.write(text)
        else:
            cursor.copy_expert(statement, io.StringIO(text))


def other_session():
    """A connection outside Django, that the driver itself makes."""
    return connection.get_new_connection(connection.get_connection_params())
