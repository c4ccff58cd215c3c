"""The audit triggers in django-pgtrigger's registry, so that its commands work on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from functools import wraps
from typing import Any

import pgtrigger
from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from pgtrigger import core, registry

from trigger_audit import (
    declaration,
    installation,
    introspection,
    projection_installation,
    projections,
)
from trigger_audit.installation import Model
from trigger_audit.introspection import Audited
from trigger_audit.sql import SQL, TRIGGERS, quote_identifier, quote_table

OPERATIONS = {
    "insert": pgtrigger.Insert,
    "update": pgtrigger.Update,
    "delete": pgtrigger.Delete,
    "truncate": pgtrigger.Truncate,
}

FUNCTION_KINDS = {"table missing", "function missing", "function altered", "function executable"}
TRIGGER_KINDS = {"trigger missing", "trigger altered", "trigger disabled"}


class AuditTrigger(pgtrigger.Trigger):
    """One of the four triggers of an audited table, which share a function.

    :param operation: a key of :data:`OPERATIONS`.
    :param declared_on: the model whose audit it is, where the table is one of its
        many-to-many fields.
    """

    when = pgtrigger.After
    level = pgtrigger.Statement

    def __init__(self, operation: str, declared_on: Model, trigger_name: str = "") -> None:
        self.trigger_name = trigger_name or TRIGGERS[operation]
        self.declared_on = declared_on
        super().__init__(name=self.trigger_name.lstrip("!"), operation=OPERATIONS[operation])

    def get_pgid(self, model: Any) -> str:
        return self.trigger_name

    def get_installation_status(
        self, model: Any, database: str | None = None
    ) -> tuple[str, bool | None]:
        if not self.allow_migrate(model, database=database):
            return core.UNALLOWED, None
        kinds = self._kinds(model, database)
        if kinds & {"table missing", "trigger missing"}:
            return core.UNINSTALLED, None
        outdated = kinds & (FUNCTION_KINDS | TRIGGER_KINDS - {"trigger disabled"})
        return core.OUTDATED if outdated else core.INSTALLED, "trigger disabled" not in kinds

    def allow_migrate(self, model: Any, database: str | None = None) -> bool:
        owner: Any = self.declared_on
        connection = connections[database or DEFAULT_DB_ALIAS]
        return installation.can_record(connection) and bool(
            super().allow_migrate(owner, database=database)
        )

    def install(self, model: Any, database: str | None = None) -> AbstractContextManager[Any]:
        """Install the trigger; where the table's function is not right, all four anew."""
        if self.allow_migrate(model, database):
            kinds = self._kinds(model, database)
            if kinds & FUNCTION_KINDS:
                self._install_all(model, database)
            elif kinds & TRIGGER_KINDS:
                self._install_alone(model, database)
        return _until_exit(lambda: self.uninstall(model, database=database))

    def uninstall(self, model: Any, database: str | None = None) -> AbstractContextManager[Any]:
        """Drop the trigger, and with the table's last one their function."""
        if self.allow_migrate(model, database):
            with _schema_editor(database) as schema_editor:
                self._drop(schema_editor, model)
                status = introspection.table_status(schema_editor.connection, self._audited(model))
                if status.state == introspection.NOT_INSTALLED:
                    installation.drop_function(schema_editor, model._meta.db_table)
        return _until_exit(lambda: self.install(model, database=database))

    def enable(self, model: Any, database: str | None = None) -> AbstractContextManager[Any]:
        self._switch("enable_trigger", model, database)
        return _until_exit(lambda: self.disable(model, database=database))

    def disable(self, model: Any, database: str | None = None) -> AbstractContextManager[Any]:
        self._switch("disable_trigger", model, database)
        return _until_exit(lambda: self.enable(model, database=database))

    def _switch(self, template: str, model: Model, database: str | None) -> None:
        if self.allow_migrate(model, database):
            with _schema_editor(database) as schema_editor:
                self._execute(schema_editor, template, model)

    def _install_all(self, model: Model, database: str | None) -> None:
        audited = self._audited(model)
        with _schema_editor(database) as schema_editor:
            for operation in OPERATIONS:
                # Also one that somebody had call another function.
                AuditTrigger(operation, self.declared_on)._drop(schema_editor, model)
            installation.replace_capture(schema_editor, audited.db_table, None, audited.sql)

    def _install_alone(self, model: Model, database: str | None) -> None:
        with _schema_editor(database) as schema_editor:
            self._drop(schema_editor, model)
            schema_editor.execute(self._statement(schema_editor, model), params=None)

    def _statement(self, schema_editor: BaseDatabaseSchemaEditor, model: Model) -> str:
        """The statement that makes the trigger."""
        audited = self._audited(model)
        text = installation.bound(schema_editor, audited.db_table, audited.sql)
        head = f"CREATE TRIGGER {quote_identifier(self.trigger_name)}"
        return head + text.partition(f"\n{head}")[2].partition("\n\nCREATE TRIGGER")[0]

    def _drop(self, schema_editor: BaseDatabaseSchemaEditor, model: Model) -> None:
        self._execute(schema_editor, "uninstall_trigger", model)

    def _execute(
        self, schema_editor: BaseDatabaseSchemaEditor, template: str, model: Model
    ) -> None:
        table = quote_table(model._meta.db_table)
        installation.execute_template(
            schema_editor, template, trigger=self.trigger_name, table=table
        )

    def _audited(self, model: Model) -> Audited:
        tables = introspection.audited_tables(self.declared_on)
        return next(audited for audited in tables if audited.model is model)

    def _kinds(self, model: Model, database: str | None) -> set[str]:
        """The kinds of what is wrong with this trigger, its function and its table."""
        connection = connections[database or DEFAULT_DB_ALIAS]
        status = introspection.table_status(connection, self._audited(model))
        return {
            each.kind
            for each in status.differences
            if each.name == self.trigger_name or each.kind not in TRIGGER_KINDS
        }


class ProjectionTrigger(AuditTrigger):
    """One of the four triggers that call a projection, a function of the user's.

    :param projection: the name of the function, as it is declared.
    """

    def __init__(
        self, operation: str, declared_on: Model, trigger_name: str, projection: str
    ) -> None:
        self.projection = projection
        super().__init__(operation, declared_on, trigger_name)

    def _statement(self, schema_editor: BaseDatabaseSchemaEditor, model: Model) -> str:
        projection_installation.verify(schema_editor, model, self.projection)
        sql = self._audited(model).projections[self.projection]
        text = projection_installation.bound(model, sql)
        return projections.trigger_text(SQL(text), self.trigger_name)

    def _kinds(self, model: Model, database: str | None) -> set[str]:
        """Less what is wrong with the function of the capture, which it does without."""
        return super()._kinds(model, database) - (FUNCTION_KINDS - {"table missing"})


def extend() -> None:
    """Have the registry find our triggers, those of apps that get ready after this one too."""
    original = registry.registered
    if not hasattr(original, "__wrapped__"):

        @wraps(original)
        def registered(*uris: str) -> list[tuple[Any, pgtrigger.Trigger]]:
            register()
            return original(*uris)

        registry.registered = pgtrigger.registered = registered


def register() -> None:
    """Have django-pgtrigger know the triggers of every audited table.

    They go past its ``register``, which would write them into ``Meta.triggers`` and from there
    into migrations.
    """
    for model, owner in _tables():
        for trigger in _triggers(model, owner):
            registry._registry.data[trigger.get_uri(model)] = (model, trigger)


def _triggers(model: Model, owner: Model) -> Iterator[AuditTrigger]:
    """The triggers of one audited table."""
    for operation in OPERATIONS:
        yield AuditTrigger(operation, declared_on=owner)
    names = declaration.audited(apps)[owner].audit.projections if model is owner else ()
    for name, sql in projections.render(names).items():
        for operation, trigger_name in projections.triggers_of(sql).items():
            yield ProjectionTrigger(operation, owner, trigger_name, name)


def _tables() -> Iterator[tuple[Any, Model]]:
    """The models of the audited tables, each with the model that declares its audit."""
    for model, declared in declaration.audited(apps).items():
        if declaration.audited_fields(model, declared.audit):
            yield model, model
        relations: list[Any] = declaration.audited_many_to_many(model, declared.audit)
        for relation in relations:
            yield relation.remote_field.through, model


def _schema_editor(database: str | None) -> BaseDatabaseSchemaEditor:
    return connections[database or DEFAULT_DB_ALIAS].schema_editor()


def _until_exit(undo: Callable[[], Any]) -> AbstractContextManager[Any]:
    """What django-pgtrigger returns: undoes it at the end of a ``with`` block, if it is one's."""
    stack = ExitStack()
    stack.callback(undo)
    return stack
