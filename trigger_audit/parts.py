"""What later migrations of this app make beside the audit table, part by part."""

from __future__ import annotations

from typing import Any

from django.db import connections
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.loader import MigrationLoader

from trigger_audit import installation

PARTS = {
    "reading": (
        "diff",
        "image",
        "event_rename",
        "event_moved",
        "table_names",
        "column_names",
        "translate",
        "moved_to",
        "arrived",
        "changes",
        "lineage",
        "keyed",
        "nearest_states",
        "merged_states",
        "states",
        "captured",
        "value",
        "record",
        "key",
        "table_of",
        "truncations",
        "row_history",
        "as_of_query",
        "as_of",
        "inherit_rights",
        "schema",
        "names",
        "periods",
        "is_within",
        "past_columns",
        "refers",
        "differs",
        "key_text",
    ),
    "feed": (
        "feed_origin",
        "feed_cursor",
        "feed_mark",
        "feed_renew_origin",
        "feed_parked",
        "feed_start",
        "feed_shard",
        "feed_new_key",
        "feed_page",
        "feed_partitions",
        "feed_flush",
    ),
    "handoff": ("feed_receipt",),
}
"""The templates of each part, in order; ``drop_<part>`` removes what they make.

The parts stand in the order of their migrations, and each object bears its template's name.
"""


def install(schema_editor: BaseDatabaseSchemaEditor, part: str) -> None:
    """Make the objects of a part in the schema of the audit table."""
    schema = installation.audit_schema(schema_editor.connection)
    for name in PARTS[part]:
        installation.execute_template(schema_editor, name, schema=schema)
    installation.execute_template(schema_editor, "withhold_named", schema=schema, names=names(part))


def drop(schema_editor: BaseDatabaseSchemaEditor, part: str) -> None:
    """Drop the objects of a part."""
    schema = installation.audit_schema(schema_editor.connection)
    installation.execute_template(schema_editor, f"drop_{part}", schema=schema)


def names(part: str) -> str:
    """The objects of a part by name, as PostgreSQL writes an array."""
    return "{" + ",".join(f"trigger_audit_{name}" for name in PARTS[part]) + "}"


def install_without_migrations(using: str, **_: Any) -> None:
    """Make the audit table and all parts where migrations are switched off, as in some tests."""
    connection = connections[using]
    if MigrationLoader.migrations_module("trigger_audit")[0] is not None:
        return
    if installation.allows_audit_table(connection) and not installation.has_audit_table(connection):
        with connection.schema_editor() as schema_editor:
            installation.install_audit_table(schema_editor)
            for part in PARTS:
                install(schema_editor, part)
