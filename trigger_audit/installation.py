"""Frozen SQL bound to the tables of a model, and applied through a schema editor."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from typing import Any

from django.apps import apps as live_apps
from django.db import models, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState

from trigger_audit import declaration, templates
from trigger_audit.sql import (
    SQL,
    bare_name,
    capture_function,
    columns_of,
    forget_column,
    quote_identifier,
    quote_table,
    split_function,
    split_table,
)
from trigger_audit.triggers import OPTION, Compiled, at_row_level, compile_audit

Model = type[models.Model]

AUDIT_TABLE = (
    "event_table",
    "compression",
    "object_id",
    "toast_id",
    "parse_context",
    "long_statement_context",
    "context",
    "guard",
    "set_guards",
    "withhold",
    "guard_table",
    "make_partition",
    "prepare_partitions",
    "first_partitions",
    "flush",
    "capture_of",
    "record_rename",
    "rewrite_column",
    "replace_body",
    "rename_table",
    "rename_column",
    "forget_column",
    "withhold_all",
)
"""The templates of the audit table and of the functions beside it, in order."""


def compiled_of(model: Model) -> Compiled:
    """What is, or by its model is to be, installed for a historical or a live model."""
    option = getattr(model._meta, "audit", None)
    if isinstance(option, Compiled):
        return option
    is_live = model._meta.apps is live_apps
    declared = declaration.audited(live_apps).get(model) if is_live else None
    return compile_audit(model, declared.audit) if declared else Compiled()


def replace(
    schema_editor: BaseDatabaseSchemaEditor,
    from_state: ProjectState,
    to_state: ProjectState,
    key: tuple[str, str],
    *,
    is_reversed: bool = False,
) -> None:
    """Take the database from the triggers of one state of a model to those of another."""
    before = dict(captures(from_state.apps.get_model(*key)))
    model = to_state.apps.get_model(*key)
    # What is missing on the way back may still come back.
    after = dict(captures(model) if is_reversed else without_missing(model))
    if let_go := before.keys() - after.keys():
        # Moved by hand, in the state alone, a table is another model's by then.
        others = captures_of_others(to_state, key)
        after.update((db_table, others[db_table]) for db_table in let_go & others.keys())
    for db_table in before.keys() - after.keys():
        drop_function(schema_editor, db_table)
    for db_table, sql in after.items():
        replace_capture(schema_editor, db_table, before.get(db_table), sql)


def without_missing(model: Model) -> Iterator[tuple[str, SQL]]:
    """The captures of a model, less the columns that another app's migration dropped before."""
    known = {bare_name(str(field.column)) for field in model._meta.local_concrete_fields}
    for db_table, sql in captures(model):
        # The migrations of an unmanaged model need not know its columns.
        is_known = db_table == model._meta.db_table and model._meta.managed
        missing = columns_of(sql) - known if is_known else ()
        yield db_table, reduce(forget_column, missing, sql)


def captures_of_others(state: ProjectState, key: tuple[str, str]) -> dict[str, SQL]:
    """The audited tables of all models but one."""
    return dict(capture for model in _others(state, key) for capture in captures(model))


def compiled_of_other(state: ProjectState, key: tuple[str, str]) -> Compiled:
    """What is installed for the model whose table it is by then, moved by hand in the state."""
    db_table = state.apps.get_model(*key)._meta.db_table
    for model in _others(state, key):
        if model._meta.db_table == db_table:
            return compiled_of(model)
    return Compiled()


def _others(state: ProjectState, key: tuple[str, str]) -> Iterator[Model]:
    """The models of a state that have an audit installed, but one."""
    for other, model_state in state.models.items():
        if other != key and isinstance(model_state.options.get(OPTION), Compiled):
            yield state.apps.get_model(*other)


def install(schema_editor: BaseDatabaseSchemaEditor, model: Model) -> None:
    """Install the triggers of a new table, which may be that of a many-to-many field."""
    owner: Any = model._meta.auto_created or model
    for db_table, sql in captures(owner):
        if db_table == model._meta.db_table:
            replace_capture(schema_editor, db_table, None, sql)


def restore_function(schema_editor: BaseDatabaseSchemaEditor, model: Model, column: str) -> None:
    """Have the function of a model's table capture a column again that came back."""
    for db_table, sql in captures(model):
        if db_table == model._meta.db_table and forget_column(sql, column) != sql:
            function, _ = split_function(bound(schema_editor, db_table, sql))
            schema_editor.execute(function, params=None)


def replace_capture(
    schema_editor: BaseDatabaseSchemaEditor, db_table: str, before: SQL | None, after: SQL
) -> None:
    """Take one table from the triggers of a frozen SQL, if any, to those of another."""
    if before == after:
        return
    function, triggers = split_function(bound(schema_editor, db_table, after))
    if before is not None and split_function(before)[1] == split_function(after)[1]:
        schema_editor.execute(function, params=None)
        return
    # A function that somebody planted under the name keeps its owner when it is replaced.
    drop_function(schema_editor, db_table)
    schema_editor.execute(function, params=None)
    withhold_function(schema_editor, db_table)
    schema_editor.execute(triggers, params=None)


def withhold_function(schema_editor: BaseDatabaseSchemaEditor, db_table: str) -> None:
    """Let no default privilege give the right to call the capture function of a table."""
    connection = schema_editor.connection
    events_schema, kind = locate(connection, "trigger_audit_event")
    # Tables without migrations are made before the audit table, which then sees to them.
    if kind is not None:
        signature = f"{_function(locate(connection, db_table)[0], db_table)}()"
        execute_template(
            schema_editor, "withhold_capture", schema=events_schema, signature=signature
        )


def captures(model: Model) -> Iterator[tuple[str, SQL]]:
    """Each audited table of a model, and the frozen SQL for it."""
    compiled = compiled_of(model)
    if compiled.sql is not None:
        yield model._meta.db_table, compiled.sql
    for relation in model._meta.local_many_to_many:
        if relation.name in compiled.many_to_many:
            through: Any = relation.remote_field.through
            yield through._meta.db_table, compiled.many_to_many[relation.name]


def drop_function(schema_editor: BaseDatabaseSchemaEditor, db_table: str) -> None:
    """Drop the capture function of a table, and with it the triggers that call it."""
    schema, _ = locate(schema_editor.connection, db_table)
    execute_template(schema_editor, "drop_capture", function=_function(schema, db_table))


def renewal(schema_editor: BaseDatabaseSchemaEditor, db_table: str) -> str:
    """The statement after which no session goes on with what it knew of the table's columns."""
    schema, _ = locate(schema_editor.connection, db_table)
    return templates.render("renew_capture", function=_function(schema, db_table)).strip()


def bound(schema_editor: BaseDatabaseSchemaEditor, db_table: str, sql: SQL) -> str:
    """Frozen SQL for a table as it is in a database."""
    schema, kind = locate(schema_editor.connection, db_table)
    events_schema = audit_schema(schema_editor.connection)
    return bind(sql, db_table, schema, events_schema, partitioned=kind == "p")


def bind(sql: SQL, db_table: str, schema: str, events_schema: str, *, partitioned: bool) -> str:
    """Frozen SQL for a table in ``schema``, where the audit table is in ``events_schema``."""
    return templates.substitute(
        at_row_level(sql.text) if partitioned else sql.text,
        open_variables=(),
        schema=events_schema,
        function=_function(schema, db_table),
        table=quote_table(db_table),
    )


def _function(schema: str, db_table: str) -> str:
    return f"{quote_identifier(schema)}.{quote_identifier(capture_function(db_table))}"


def allows_audit_table(connection: BaseDatabaseWrapper) -> bool:
    """Whether the database is PostgreSQL and the routers let the audit table live there."""
    return connection.vendor == "postgresql" and router.allow_migrate(
        connection.alias, "trigger_audit", model_name="auditevent"
    )


def can_record(connection: BaseDatabaseWrapper) -> bool:
    """Whether events can be written: into a table of the database's own, or on its search path.

    Tenants, each with a schema, may share the audit table of another schema.
    """
    if connection.vendor != "postgresql":
        return False
    return (
        allows_audit_table(connection) or locate(connection, "trigger_audit_event")[1] is not None
    )


def has_audit_table(connection: BaseDatabaseWrapper) -> bool:
    """Whether the audit table is there, in a database where it may be."""
    return (
        allows_audit_table(connection) and locate(connection, "trigger_audit_event")[1] is not None
    )


def install_audit_table(schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make the audit table and the functions beside it."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(templates.render("current_schema"))
        (schema,) = cursor.fetchone()
    for name in AUDIT_TABLE:
        execute_template(schema_editor, name, schema=schema)


def drop_audit_table(schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Drop the audit table with all its events, and the functions beside it."""
    schema = audit_schema(schema_editor.connection)
    execute_template(schema_editor, "drop_audit_table", schema=schema)


def execute_template(schema_editor: BaseDatabaseSchemaEditor, name: str, **variables: str) -> None:
    """Execute, or collect for ``sqlmigrate``, a template."""
    schema_editor.execute(templates.render(name, **variables).strip(), params=None)


def audit_schema(connection: BaseDatabaseWrapper) -> str:
    """The schema of the audit table; where it is to be made, if it is not there yet."""
    return locate(connection, "trigger_audit_event")[0]


def locate(connection: BaseDatabaseWrapper, db_table: str) -> tuple[str, str | None]:
    """Schema and ``relkind`` of a table; for one to be made, the schema it will be made in."""
    with connection.cursor() as cursor:
        cursor.execute(templates.render("locate"), [quote_table(db_table)])
        schema, kind, current_schema = cursor.fetchone()
    return schema or split_table(db_table)[0] or current_schema, kind
