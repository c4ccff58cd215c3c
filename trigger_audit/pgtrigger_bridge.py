"""The audit triggers in django-pgtrigger's registry: ``ls``, ``enable``, ``disable``, ``install``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pgtrigger
from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections, models, transaction
from pgtrigger import core, registry

from trigger_audit import declaration, installation, introspection
from trigger_audit.sql import TRIGGERS

OPERATIONS = {
    "insert": pgtrigger.Insert,
    "update": pgtrigger.Update,
    "delete": pgtrigger.Delete,
    "truncate": pgtrigger.Truncate,
}


class AuditTrigger(pgtrigger.Trigger):
    """One trigger of an audited table, whose SQL is that of the model's audit."""

    when = pgtrigger.After
    level = pgtrigger.Statement

    def __init__(self, operation: str) -> None:
        super().__init__(name=f"trigger_audit_{operation}", operation=OPERATIONS[operation])
        self.trigger_name = TRIGGERS[operation]

    def get_pgid(self, model: type[models.Model]) -> str:
        return self.trigger_name

    def get_installation_status(
        self, model: type[models.Model], database: str | None = None
    ) -> tuple[str, bool | None]:
        if not self.allow_migrate(model, database=database):
            return core.UNALLOWED, None
        connection = connections[database or DEFAULT_DB_ALIAS]
        return introspection.trigger_status(connection, model, self.trigger_name)

    def install(self, model: type[models.Model], database: str | None = None) -> Any:
        """Install all the triggers of the model's table, which share one function."""
        with transaction.atomic(using=database):
            installation.install_table(connections[database or DEFAULT_DB_ALIAS], model)

    def uninstall(self, model: type[models.Model], database: str | None = None) -> Any:
        with connections[database or DEFAULT_DB_ALIAS].schema_editor() as schema_editor:
            installation.drop_function(schema_editor, model._meta.db_table)
