"""Migration operations that install, replace and remove the triggers of one model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db import router
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import (
    AlterField,
    DeleteModel,
    RemoveField,
    RenameField,
    RenameModel,
)
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.state import ProjectState
from django.db.migrations.utils import resolve_relation

from trigger_audit import installation, projection_installation, view_installation
from trigger_audit.sql import SQL, bare_name, columns_of
from trigger_audit.triggers import OPTION, Compiled


class AuditOperation(Operation):
    """Common to the three operations: the state says what is installed, before and after.

    The triggers of the former state are replaced by those of the latter, in either direction,
    which makes reversing exact.
    """

    reduces_to_sql = True
    atomic = True

    def __init__(self, model_name: str) -> None:
        self.model_name = model_name

    def model_key(self, app_label: str) -> tuple[str, str]:
        """App label and lower-case name of the model, which another app may own."""
        return resolve_relation(self.model_name, app_label)

    def compiled(self) -> Compiled:
        """What is installed after the operation."""
        return Compiled()

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        key = self.model_key(app_label)
        if is_gone(key, app_label, state):
            return
        options = state.models[key].options
        if compiled := self.compiled():
            options[OPTION] = replace(compiled, app_label=app_label)
        else:
            options.pop(OPTION, None)
        state.reload_model(*key, delay=True)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        self._replace(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        self._replace(app_label, schema_editor, from_state, to_state, is_reversed=True)

    def _replace(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
        *,
        is_reversed: bool = False,
    ) -> None:
        key = self.model_key(app_label)
        connection = schema_editor.connection
        if not installation.can_record(connection) or is_gone(key, app_label, to_state):
            return
        if router.allow_migrate_model(connection.alias, to_state.apps.get_model(*key)):
            installation.replace(schema_editor, from_state, to_state, key, is_reversed=is_reversed)
            view_installation.replace(schema_editor, from_state, to_state, key)
            projection_installation.replace(schema_editor, from_state, to_state, key)

    def references_model(self, name: str, app_label: str) -> bool:
        return self.model_key(app_label) == (app_label, name.lower())

    def references_field(self, model_name: str, name: str, app_label: str) -> bool:
        return self.references_model(model_name, app_label) and mentions(self.compiled(), name)

    def reduce(self, operation: Operation, app_label: str) -> bool | list[Operation]:
        if not isinstance(operation, AuditOperation):
            return self._reduce_with_schema(operation, app_label)
        if operation.model_key(app_label) != self.model_key(app_label):
            return True
        return self._reduce_with_audit(operation)

    def _reduce_with_audit(self, operation: AuditOperation) -> bool | list[Operation]:
        return False

    def _reduce_with_schema(self, operation: Operation, app_label: str) -> bool | list[Operation]:
        if isinstance(operation, RenameModel) and self.compiled().many_to_many:
            # It may rename the columns of links, on either side.
            return False
        name = getattr(operation, "old_name", getattr(operation, "name", ""))
        model_name = getattr(operation, "model_name", name)
        if not model_name or not self.references_model(model_name, app_label):
            return super().reduce(operation, app_label) or bool(model_name)
        if isinstance(operation, DeleteModel):
            return [operation]
        if isinstance(operation, RenameModel):
            return [operation, self._renamed(operation.new_name)]
        if isinstance(operation, (RemoveField, RenameField)):
            # Only what starts from nothing may wait: reversing others needs the field back first.
            return isinstance(self, AddAudit) and not mentions(self.compiled(), name)
        if isinstance(operation, AlterField):
            # If its column is one that the text does not know, it may be one that it knew.
            return has_column(self.compiled(), operation.name, operation.field)
        # The names are bound when the operation is applied, and the text does not know the rest.
        return True

    def _renamed(self, model_name: str) -> AuditOperation:
        kwargs = self.deconstruct()[2]
        return type(self)(**{**kwargs, "model_name": model_name})


class _InstallsAudit(AuditOperation):
    serialization_expand_args = ["many_to_many", "projections"]

    def __init__(
        self,
        model_name: str,
        sql: SQL | None = None,
        many_to_many: Mapping[str, SQL] | None = None,
        view: SQL | None = None,
        projections: Mapping[str, SQL] | None = None,
    ) -> None:
        super().__init__(model_name)
        # By no name of its own: what has an attribute "sql" is a RunSQL to ``migrate --plan``.
        self._compiled = Compiled(sql, dict(many_to_many or {}), view, dict(projections or {}))

    @classmethod
    def of(cls, model_name: str, compiled: Compiled) -> AuditOperation:
        """The operation after which this is installed."""
        return cls(
            model_name, compiled.sql, compiled.many_to_many, compiled.view, compiled.projections
        )

    def compiled(self) -> Compiled:
        return self._compiled

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        installed = {
            "sql": self._compiled.sql,
            "many_to_many": self._compiled.many_to_many or None,
            "view": self._compiled.view,
            "projections": self._compiled.projections or None,
        }
        given = {name: value for name, value in installed.items() if value is not None}
        return type(self).__name__, [], {"model_name": self.model_name, **given}

    def _reduce_with_audit(self, operation: AuditOperation) -> bool | list[Operation]:
        if isinstance(operation, AlterAudit):
            return [self.of(self.model_name, operation.compiled())]
        return False


class AddAudit(_InstallsAudit):
    """Install the function and the triggers that audit a model.

    :param model_name: the model; ``"app_label.ModelName"`` for one of another app.
    :param sql: the rendered function and triggers of the model's table.
    :param many_to_many: the same for the through table of each audited many-to-many field.
    :param view: the rendered view of the events of the model's table, if it is to have one.
    :param projections: the rendered triggers of the model's table that call functions of the
        user's, by the names of these.
    """

    category = OperationCategory.ADDITION

    def describe(self) -> str:
        return f"Audit model {self.model_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"audit_{_fragment(self.model_name)}"

    def _reduce_with_audit(self, operation: AuditOperation) -> bool | list[Operation]:
        if isinstance(operation, RemoveAudit):
            return []
        return super()._reduce_with_audit(operation)


class AlterAudit(_InstallsAudit):
    """Replace the function of an audited model, and its triggers where they differ."""

    category = OperationCategory.ALTERATION

    def describe(self) -> str:
        return f"Alter audit of model {self.model_name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"alter_audit_{_fragment(self.model_name)}"

    def _reduce_with_audit(self, operation: AuditOperation) -> bool | list[Operation]:
        if isinstance(operation, RemoveAudit):
            return [operation]
        return super()._reduce_with_audit(operation)


class RemoveAudit(AuditOperation):
    """Remove the triggers and functions of a model; its events stay."""

    category = OperationCategory.REMOVAL

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [], {"model_name": self.model_name}

    def describe(self) -> str:
        return f"Remove audit of model {self.model_name}"

    def _reduce_with_audit(self, operation: AuditOperation) -> bool | list[Operation]:
        if isinstance(operation, AddAudit):
            return [AlterAudit.of(self.model_name, operation.compiled())]
        return False

    @property
    def migration_name_fragment(self) -> str:
        return f"remove_audit_{_fragment(self.model_name)}"


def is_gone(key: tuple[str, str], app_label: str, state: ProjectState) -> bool:
    """Whether another app has renamed or deleted its model in a migration that ours cannot precede.

    What was installed followed the table, or went with it.
    """
    return key[0] != app_label and key not in state.models


def _fragment(model_name: str) -> str:
    return model_name.lower().replace(".", "_")


def mentions(compiled: Compiled, name: str) -> bool:
    """Whether frozen SQL may depend on the field ``name``: as a column or as a relation."""
    columns = re.compile(rf'(OLD|NEW)\."{re.escape(name)}(_id)?"', re.IGNORECASE)
    return name in compiled.many_to_many or bool(columns.search(str(compiled.sql or "")))


def has_column(compiled: Compiled, name: str, field: Any) -> bool:
    """Whether frozen SQL captures the column that a field of that name has."""
    named = field.clone()
    named.set_attributes_from_name(name)
    return named.column is not None and bare_name(named.column) in columns_of(compiled.sql)
