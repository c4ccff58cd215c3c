"""The typed views of events, made and dropped through a schema editor."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import connections, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from trigger_audit import declaration, installation, templates, views
from trigger_audit.installation import Model
from trigger_audit.sql import SQL, quote_identifier, split_table

LATER_TABLE = "trigger_audit_feed_cursor"

FORMER = "!trigger_audit_former_view"
"""What a view is called while another takes its place."""


def replace(
    schema_editor: BaseDatabaseSchemaEditor,
    from_state: ProjectState,
    to_state: ProjectState,
    key: tuple[str, str],
) -> None:
    """Take the database from the view of one state of a model to that of another."""
    before, after = (state.apps.get_model(*key) for state in (from_state, to_state))
    former, present = (installation.compiled_of(model).view for model in (before, after))
    if former is not None and present is None:
        present = installation.compiled_of_other(to_state, key).view
    if former is not None and present is None:
        drop(schema_editor, before._meta.db_table)
    elif present is not None and present != former:
        make(schema_editor, after._meta.db_table, present)


def install(schema_editor: BaseDatabaseSchemaEditor, model: Model) -> None:
    """Make the view of a new table, if its model has one and the audit table is there."""
    view = installation.compiled_of(model).view
    _, kind = installation.locate(schema_editor.connection, "trigger_audit_event")
    if view is not None and kind is not None:
        make(schema_editor, model._meta.db_table, view)


def make_missing(using: str, **_: Any) -> None:
    """Make the views of tables that came before the audit table: of apps without migrations."""
    connection = connections[using]
    # What views call is there where later parts are.
    if not installation.can_record(connection) or not _is_there(connection, LATER_TABLE):
        return
    missing = [
        model
        for model, declared in declaration.audited(apps).items()
        if declared.audit.view is True
        and router.allow_migrate_model(using, model)
        and not _is_there(connection, views.view_of(model._meta.db_table))
        and _is_there(connection, model._meta.db_table)
    ]
    unmigrated = MigrationLoader(None).unmigrated_apps if missing else set()
    for model in missing:
        if model._meta.app_label in unmigrated:
            with connection.schema_editor() as schema_editor:
                install(schema_editor, model)


def _is_there(connection: BaseDatabaseWrapper, db_table: str) -> bool:
    return installation.locate(connection, db_table)[1] is not None


def make(schema_editor: BaseDatabaseSchemaEditor, db_table: str, view: SQL) -> None:
    """Make the view of a table's events, or make it anew; what was granted on it stays."""
    for statement in statements(schema_editor, db_table, view):
        schema_editor.execute(statement, params=None)


def statements(schema_editor: BaseDatabaseSchemaEditor, db_table: str, view: SQL) -> list[str]:
    """The statements that make the view of a table's events anew."""
    schema, _ = installation.locate(schema_editor.connection, db_table)
    events_schema = installation.audit_schema(schema_editor.connection)
    name = _qualified(schema, views.view_name(db_table))
    made = templates.substitute(
        view.text,
        open_variables=(),
        schema=events_schema,
        view=name,
        table_schema=schema,
        table_name=split_table(db_table)[1],
    )
    return [
        templates.render("rename_view", view=name, new_name=FORMER).strip(),
        made,
        templates.render(
            "replaced_view", schema=events_schema, former=_qualified(schema, FORMER), present=name
        ).strip(),
    ]


def drop(schema_editor: BaseDatabaseSchemaEditor, db_table: str) -> None:
    """Drop the view of a table's events."""
    schema, _ = installation.locate(schema_editor.connection, db_table)
    name = _qualified(schema, views.view_name(db_table))
    installation.execute_template(schema_editor, "drop_view", view=name)


def rename(schema_editor: BaseDatabaseSchemaEditor, model: Model, old_db_table: str) -> None:
    """Let the view of a table that was renamed follow it."""
    view = installation.compiled_of(model).view
    if view is not None:
        schema, _ = installation.locate(schema_editor.connection, model._meta.db_table)
        installation.execute_template(
            schema_editor,
            "rename_view",
            view=_qualified(schema, views.view_name(old_db_table)),
            new_name=views.view_name(model._meta.db_table),
        )
        make(schema_editor, model._meta.db_table, view)


def _qualified(schema: str, name: str) -> str:
    return f"{quote_identifier(schema)}.{quote_identifier(name)}"
