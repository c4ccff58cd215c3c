"""The triggers of projections, made and dropped through a schema editor."""

from __future__ import annotations

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState

from trigger_audit import catalog, installation, projections, templates
from trigger_audit.exceptions import (
    ProjectionFunctionMissing,
    ProjectionOfPartitions,
    ProjectionReturnsNoTrigger,
)
from trigger_audit.installation import Model
from trigger_audit.sql import SQL, quote_table


def replace(
    schema_editor: BaseDatabaseSchemaEditor,
    from_state: ProjectState,
    to_state: ProjectState,
    key: tuple[str, str],
) -> None:
    """Take the database from the projections of one state of a model to those of another."""
    model = to_state.apps.get_model(*key)
    former = installation.compiled_of(from_state.apps.get_model(*key)).projections
    present = installation.compiled_of(model).projections
    present = present or installation.compiled_of_other(to_state, key).projections
    # All that goes goes first: what comes may bear its names.
    for name, sql in former.items():
        if sql != present.get(name):
            drop(schema_editor, model, sql)
    for name, sql in present.items():
        if sql != former.get(name):
            make(schema_editor, model, name, sql)


def install(schema_editor: BaseDatabaseSchemaEditor, model: Model) -> None:
    """Make the triggers of the projections of a new table."""
    for name, sql in installation.compiled_of(model).projections.items():
        make(schema_editor, model, name, sql)


def make(schema_editor: BaseDatabaseSchemaEditor, model: Model, name: str, sql: SQL) -> None:
    """Make the triggers of one projection.

    :raises ProjectionError: if they could not do what they are for.
    """
    verify(schema_editor, model, name)
    schema_editor.execute(bound(model, sql), params=None)


def verify(schema_editor: BaseDatabaseSchemaEditor, model: Model, name: str) -> None:
    """The function is there, triggers can call it, and the table has no partitions."""
    # For sqlmigrate nothing was executed, not even what makes the function.
    if schema_editor.collect_sql:
        return
    detail = f"{model._meta.label}: {name}() RETURNS trigger"
    _, kind = installation.locate(schema_editor.connection, model._meta.db_table)
    if kind == "p":
        raise ProjectionOfPartitions(detail)
    found = catalog.read_projections(schema_editor.connection, [name])
    if name not in found:
        raise ProjectionFunctionMissing(detail)
    if not found[name].is_of_triggers:
        raise ProjectionReturnsNoTrigger(detail)


def bound(model: Model, sql: SQL) -> str:
    """Rendered triggers for the table of a model."""
    table = quote_table(model._meta.db_table)
    return templates.substitute(sql.text, open_variables=(), table=table)


def drop(schema_editor: BaseDatabaseSchemaEditor, model: Model, sql: SQL) -> None:
    """Drop the triggers of one projection; the function is the user's."""
    for name in projections.triggers_of(sql).values():
        drop_trigger(schema_editor, model, name)


def drop_trigger(schema_editor: BaseDatabaseSchemaEditor, model: Model, name: str) -> None:
    """Drop one trigger of a table."""
    table = quote_table(model._meta.db_table)
    installation.execute_template(schema_editor, "uninstall_trigger", trigger=name, table=table)
