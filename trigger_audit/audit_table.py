"""Migration operations that make the audit table and what stands beside it."""

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from trigger_audit import installation, parts


class _Install(Operation):
    """What belongs to no model, in the databases that may have the audit table."""

    reduces_to_sql = True

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The model of the audit table is unmanaged and has an operation of its own."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if installation.allows_audit_table(schema_editor.connection):
            self._install(schema_editor)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if installation.allows_audit_table(schema_editor.connection):
            self._drop(schema_editor)

    def _install(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        raise NotImplementedError

    def _drop(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        raise NotImplementedError


class InstallAuditTable(_Install):
    """Make the audit table, its partitions of the coming months, and the functions beside it."""

    def _install(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        installation.install_audit_table(schema_editor)

    def _drop(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        installation.drop_audit_table(schema_editor)

    def describe(self) -> str:
        return "Make the audit table"


class InstallObjects(_Install):
    """Make a part of what stands beside the audit table.

    :param part: a key of ``trigger_audit.parts.PARTS``.
    """

    def __init__(self, part: str) -> None:
        self.part = part

    def _install(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        parts.install(schema_editor, self.part)

    def _drop(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        parts.drop(schema_editor, self.part)

    def describe(self) -> str:
        return f"Make what is for {self.part} beside the audit table"
