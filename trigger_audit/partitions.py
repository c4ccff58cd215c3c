"""The partitions of the audit table, made ahead of time."""

from __future__ import annotations

from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from trigger_audit import installation, templates

MONTHS_AHEAD = 3
"""How many coming months get their partition, besides the present one."""


def prepare(connection: BaseDatabaseWrapper, months: int = MONTHS_AHEAD) -> list[str]:
    """Make the missing partitions up to ``months`` ahead; return their names."""
    schema = installation.audit_schema(connection)
    with connection.cursor() as cursor:
        cursor.execute(templates.render("call_prepare_partitions", schema=schema), [months])
        return [name for (name,) in cursor.fetchall()]


def prepare_on_migrate(using: str, **_: Any) -> None:
    """Let ``migrate`` prepare the partitions of the coming months."""
    connection = connections[using]
    if installation.has_audit_table(connection):
        prepare(connection)
