"""The composition root: what Django is taught when the app is loaded."""

from django.apps import AppConfig
from django.conf import settings
from django.core.management.commands import flush, makemigrations, migrate
from django.db.backends.postgresql.schema import DatabaseSchemaEditor
from django.db.backends.signals import connection_created
from django.db.models import options
from django.db.models.signals import post_migrate, pre_migrate
from django.db.utils import load_backend

if "audit" not in options.DEFAULT_NAMES:
    # Before any model is loaded. The migration state learns of it from our operations alone.
    options.DEFAULT_NAMES = (*options.DEFAULT_NAMES, "audit")


class TriggerAuditConfig(AppConfig):
    """Django's configuration of this app."""

    name = "trigger_audit"
    verbose_name = "Trigger audit"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from trigger_audit import (
            checks,
            commands,
            partitions,
            parts,
            pgtrigger_bridge,
            state,
            statements,
            view_installation,
            workers,
        )

        checks.register()
        extend_autodetector()
        state.extend()
        extend_schema_editors()
        extend_flush()
        pgtrigger_bridge.extend()
        commands.mark()
        workers.connect()
        statements.leave_reads_alone()
        connection_created.connect(statements.tell_on, dispatch_uid="trigger_audit")
        # Before any table is made: Django itself writes some when all are there.
        pre_migrate.connect(parts.install_without_migrations, sender=self)
        post_migrate.connect(partitions.prepare_on_migrate, sender=self)
        post_migrate.connect(view_installation.make_missing, sender=self)


def extend_flush() -> None:
    """Have ``flush`` be ours also where ``available_apps`` of a test hides our commands."""
    from trigger_audit.management.commands import flush as extended

    vars(flush)["Command"] = extended.Command


def extend_autodetector() -> None:
    """Have ``makemigrations`` and ``migrate`` detect audits, by the same class (commands.E001)."""
    from trigger_audit.autodetector import AuditAutodetectorMixin

    present = makemigrations.Command.autodetector
    if not issubclass(present, AuditAutodetectorMixin):
        detector = type("MigrationAutodetector", (AuditAutodetectorMixin, present), {})
        for module in (makemigrations, migrate):
            # django-pgtrigger derives from the name in the module, whichever app comes first.
            module.MigrationAutodetector = detector  # type: ignore[attr-defined]
            module.Command.autodetector = detector


def extend_schema_editors() -> None:
    """Have the schema editors of the configured PostgreSQL backends keep the triggers right."""
    from trigger_audit.schema import AuditSchemaEditorMixin

    for engine in {database["ENGINE"] for database in settings.DATABASES.values()}:
        wrapper = load_backend(engine).DatabaseWrapper
        present = wrapper.SchemaEditorClass
        if issubclass(present, DatabaseSchemaEditor) and not issubclass(
            present, AuditSchemaEditorMixin
        ):
            wrapper.SchemaEditorClass = type(
                "DatabaseSchemaEditor", (AuditSchemaEditorMixin, present), {}
            )
