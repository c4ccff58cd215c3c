"""The feed's statements, by the names of their templates."""

from __future__ import annotations

from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

from django.db.backends.base.base import BaseDatabaseWrapper

from trigger_audit import installation, templates
from trigger_audit.exceptions import FeedNotInstalled

_schemas: WeakKeyDictionary[BaseDatabaseWrapper, str] = WeakKeyDictionary()


def locate(connection: BaseDatabaseWrapper) -> None:
    """Look up the schema of the audit table, which the search path of a session decides.

    :raises FeedNotInstalled: if there is none.
    """
    schema, kind = installation.locate(connection, "trigger_audit_feed_cursor")
    if kind is None:
        raise FeedNotInstalled(connection.alias)
    _schemas[connection] = schema


def schema_of(connection: BaseDatabaseWrapper) -> str:
    """The schema of the audit table."""
    if connection not in _schemas:
        locate(connection)
    return _schemas[connection]


def rows(connection: BaseDatabaseWrapper, name: str, *parameters: Any) -> list[Any]:
    """Run ``sql_templates/feed/<name>.sql``; return its rows."""
    with connection.cursor() as cursor:
        cursor.execute(text(connection, name), parameters)
        return list(cursor.fetchall()) if cursor.description else []


def row(connection: BaseDatabaseWrapper, name: str, *parameters: Any) -> Any:
    """The first row, or None."""
    found = rows(connection, name, *parameters)
    return found[0] if found else None


def text(connection: BaseDatabaseWrapper, name: str) -> str:
    """The statement, on the audit table where it is for this session."""
    template = f"feed/{name}"
    if ':"schema"' not in templates.read(template):
        return templates.render(template)
    return rendered(template, schema_of(connection))


@cache
def rendered(template: str, schema: str) -> str:
    return templates.render(template, schema=schema)
