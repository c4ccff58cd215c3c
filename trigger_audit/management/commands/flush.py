"""Django's ``flush``, which also empties the audit table.

That table refuses TRUNCATE, and is no table that Django's ``flush`` knows: it would keep the
events of rows that are gone, and between two tests those of the first.
"""

from __future__ import annotations

from typing import Any

from django.core.management.commands import flush
from django.db import connections

from trigger_audit import installation, templates


class Command(flush.Command):
    """Removes all data from the database, the audit events included."""

    help = flush.Command.help + " Audit events are removed too."

    def handle(self, **options: Any) -> None:
        super().handle(**options)
        connection = connections[options["database"]]
        if installation.has_audit_table(connection):
            schema = installation.audit_schema(connection)
            with connection.cursor() as cursor:
                cursor.execute(templates.render("call_flush", schema=schema))
