"""Django's ``flush``, which also empties the audit table.

That table refuses TRUNCATE, and is none that Django's ``flush`` knows: the events of rows that are
gone would stay, and those of one test would be there in the next.

Rows that a test has Django write again, with ``serialized_rollback``, are recorded as any write is:
each such test begins with the INSERT events of these rows, and with none besides.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.commands import flush
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from trigger_audit import installation, templates


class Command(flush.Command):
    """Removes all data from the database, the audit events included."""

    help = flush.Command.help + " Audit events are removed too."

    def handle(self, **options: Any) -> None:
        connection = connections[options["database"]]
        with noticed_flushes(connection) as flushes:
            super().handle(**options)
        # There is none where somebody answered no.
        if flushes and installation.has_audit_table(connection):
            empty_audit_table(connection)


@contextmanager
def noticed_flushes(connection: BaseDatabaseWrapper) -> Iterator[list[list[str]]]:
    """The flushes that take place meanwhile, each with its statements."""
    flushes: list[list[str]] = []
    execute_sql_flush = connection.ops.execute_sql_flush
    overrides = vars(connection.ops)

    def notice(sql_list: list[str]) -> None:
        execute_sql_flush(sql_list)
        flushes.append(sql_list)

    overrides["execute_sql_flush"] = notice
    try:
        yield flushes
    finally:
        del overrides["execute_sql_flush"]


def empty_audit_table(connection: BaseDatabaseWrapper) -> None:
    """Remove every event, how far subscriptions came in them, and what tasks handled."""
    schema = installation.audit_schema(connection)
    beside = {"cursor": "call_feed_flush", "receipt": "flush_receipts"}
    flushes = [
        template
        for table, template in beside.items()
        if installation.locate(connection, f"trigger_audit_feed_{table}")[1] is not None
    ]
    with connection.cursor() as cursor:
        for template in ("call_flush", *flushes):
            cursor.execute(templates.render(template, schema=schema))
