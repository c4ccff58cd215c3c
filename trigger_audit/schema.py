"""What the schema editor does besides: functions and history follow tables and columns."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.backends.postgresql.schema import DatabaseSchemaEditor

from trigger_audit import (
    installation,
    projection_installation,
    templates,
    view_installation,
    views,
)
from trigger_audit.sql import (
    bare_name,
    capture_function,
    quote_table,
    split_table,
)


class AuditSchemaEditorMixin(DatabaseSchemaEditor):
    """Keeps the triggers of audited tables right through Django's own schema changes."""

    def _audits(self, model: type[models.Model]) -> bool:
        return is_audited(model) and installation.can_record(self.connection)

    def create_model(self, model: type[models.Model]) -> None:
        super().create_model(model)
        if self._audits(model):
            installation.install(self, model)
            view_installation.install(self, model)
            projection_installation.install(self, model)

    def delete_model(self, model: type[models.Model]) -> None:
        audited = self._audits(model)
        super().delete_model(model)
        if audited:
            installation.drop_function(self, model._meta.db_table)
            if installation.compiled_of(model).view is not None:
                view_installation.drop(self, model._meta.db_table)

    def add_field(self, model: type[models.Model], field: Any) -> None:
        super().add_field(model, field)
        if field.column and self._audits(model):
            # A removal is reversed: the function did without the column meanwhile.
            installation.restore_function(self, field.model, bare_name(field.column))

    def remove_field(self, model: type[models.Model], field: Any) -> None:
        super().remove_field(model, field)
        if field.column and self._audits(model):
            installation.execute_template(
                self,
                "forget_dropped_column",
                schema=installation.audit_schema(self.connection),
                table=quote_table(model._meta.db_table),
                column=bare_name(field.column),
            )

    def alter_db_table(
        self, model: type[models.Model], old_db_table: str, new_db_table: str
    ) -> None:
        super().alter_db_table(model, old_db_table, new_db_table)
        if old_db_table != new_db_table and self._audits(model):
            installation.execute_template(
                self,
                "record_table_rename",
                schema=installation.audit_schema(self.connection),
                table=quote_table(new_db_table),
                old_name=split_table(old_db_table)[1],
                function=capture_function(new_db_table),
            )
            view_installation.rename(self, model, old_db_table)

    def _rename_field_sql(self, table: str, old_field: Any, new_field: Any, new_type: str) -> str:
        sql: str = super()._rename_field_sql(  # type: ignore[misc]  # Private to Django.
            table, old_field, new_field, new_type
        )
        if not self._audits(old_field.model):
            return sql
        # One text: a default that Django writes next must already be captured by the new name.
        return "\n".join(
            [
                f"{sql};",
                templates.render(
                    "record_column_rename",
                    schema=installation.audit_schema(self.connection),
                    table=quote_table(table),
                    old_column=bare_name(old_field.column),
                    new_column=bare_name(new_field.column),
                ).strip(),
                *self._rename_view_column(old_field, new_field),
            ]
        )

    def _rename_view_column(self, old_field: Any, new_field: Any) -> list[str]:
        """The statements by which the view of a table's events follows a renamed column."""
        view = installation.compiled_of(old_field.model).view
        if view is None:
            return []
        names = bare_name(old_field.column), bare_name(new_field.column)
        renamed = views.rename_column(view, *names)
        return view_installation.statements(self, old_field.model._meta.db_table, renamed)

    def _alter_column_type_sql(self, model: type[models.Model], *args: Any) -> Any:
        alteration, others = super()._alter_column_type_sql(  # type: ignore[misc]  # Private.
            model, *args
        )
        if not self._audits(model):
            return alteration, others
        renewal = installation.renewal(self, model._meta.db_table)
        # Before it for what this session writes next, and after it for others, should the
        # migration not be atomic.
        self.execute(renewal, params=None)
        return alteration, [*others, (renewal, None)]


def is_audited(model: type[models.Model]) -> bool:
    """Whether a table has, in a state of the migrations, triggers of ours."""
    owner: Any = model._meta.auto_created or model
    tables = (db_table for db_table, _ in installation.captures(owner))
    return model._meta.db_table in tables
