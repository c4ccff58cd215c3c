"""What ``makemigrations`` and ``migrate`` compare: declared audits and those of the migrations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from django.apps import apps
from django.core.exceptions import FieldError
from django.db import models
from django.db.migrations import Migration
from django.db.migrations.graph import MigrationGraph
from django.db.migrations.operations import RemoveField
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.state import ProjectState

from trigger_audit import checks, declaration
from trigger_audit.declaration import Audit, Declaration
from trigger_audit.operations import AddAudit, AlterAudit, AuditOperation, RemoveAudit
from trigger_audit.triggers import OPTION, Compiled, compile_audit

Key = tuple[str, str]


class NewMigration(Migration):
    """A migration in the making: what it is to hold can still be added to."""

    operations: ClassVar[list[Operation]]
    dependencies: ClassVar[list[tuple[str, str]]]
    audits_others = False


class AuditAutodetectorMixin:
    """Appends the operations of audits to the migrations that Django found."""

    from_state: ProjectState
    to_state: ProjectState
    migrations: dict[str, list[NewMigration]]
    renamed_models: dict[Key, str]
    existing_apps: set[str]

    def _detect_changes(
        self, convert_apps: Any = None, graph: MigrationGraph | None = None
    ) -> dict[str, list[NewMigration]]:
        super()._detect_changes(convert_apps, graph)  # type: ignore[misc]  # It is mixed in.
        checks.raise_on_errors()
        self._converted = set(convert_apps or ())
        wanted = {_key(each.model): each for each in declaration.audited(apps).values()}
        for key, declared in sorted(wanted.items()):
            apps_concerned = (key[0], declared.app_label)
            if key in self.to_state.models and all(map(self._has_migrations, apps_concerned)):
                self._detect_audit(key, declared, graph)
        for key, installed in sorted(self._installed().items()):
            if key not in wanted and key in self.to_state.models:
                operation = RemoveAudit(_model_name(key, installed.app_label))
                self._append(installed.app_label, key, operation, graph)
        self._follow_installed(graph)
        return self.migrations

    def _follow_installed(self, graph: MigrationGraph | None) -> None:
        """Have what changes a model come after the operations that audit it from another app.

        Else a new database, where nothing is applied yet, might see them the other way round.
        """
        for key, state in self.from_state.models.items():
            installed = state.options.get(OPTION)
            if graph and isinstance(installed, Compiled) and installed.app_label != key[0]:
                for migration in self.migrations.get(key[0], []):
                    if any(_changes(operation, key) for operation in migration.operations):
                        leaves = graph.leaf_nodes(installed.app_label)
                        migration.dependencies.extend(set(leaves) - set(migration.dependencies))
                        break

    def _has_migrations(self, app_label: str) -> bool:
        return app_label not in self.from_state.real_apps or app_label in self._converted

    def _installed(self) -> dict[Key, Compiled]:
        """The audits of the former state, by the present names of their models."""
        new_names = {(app, old): (app, new) for (app, new), old in self.renamed_models.items()}
        return {
            new_names.get(key, key): state.options[OPTION]
            for key, state in self.from_state.models.items()
            if isinstance(state.options.get(OPTION), Compiled)
        }

    def _detect_audit(self, key: Key, declared: Declaration, graph: MigrationGraph | None) -> None:
        installed = self._installed().get(key)
        wanted = compile_audit(declared.model, declared.audit)
        if installed == wanted or not (installed or wanted):
            return
        app_label = installed.app_label if installed else declared.app_label
        name = _model_name(key, app_label, declared.model.__name__)
        if not wanted:
            self._append(app_label, key, RemoveAudit(name), graph)
        elif not installed:
            self._append(app_label, key, AddAudit.of(name, wanted), graph)
        else:
            self._alter(app_label, key, declared, wanted, graph)

    def _alter(
        self,
        app_label: str,
        key: Key,
        declared: Declaration,
        wanted: Compiled,
        graph: MigrationGraph | None,
    ) -> None:
        name = _model_name(key, app_label, declared.model.__name__)
        operation = AlterAudit.of(name, wanted)
        if app_label != key[0]:
            self._append(app_label, key, operation, graph)
            return
        for migration, position in self._before_removals(key):
            state = self._state_at(key[0], migration, position)
            removed = set(_removed_fields(migration.operations[position:], key))
            remaining = _without(state.apps.get_model(*key), declared, removed)
            if remaining == wanted:
                migration.operations.insert(position, operation)
                self._depend_on_triggers(migration, graph)
                return
            if remaining != state.models[key].options.get(OPTION):
                migration.operations.insert(position, AlterAudit.of(name, remaining))
        self._append(app_label, key, operation, graph)

    def _before_removals(self, key: Key) -> Iterator[tuple[NewMigration, int]]:
        """Where the first field is removed, if one is: the triggers must let go of it before.

        Reversed, the field is back before the triggers that need it.
        """
        for migration in self.migrations.get(key[0], []):
            for position, operation in enumerate(migration.operations):
                if isinstance(operation, RemoveField) and _is_about(operation, key):
                    yield migration, position
                    return

    def _state_at(self, app_label: str, migration: NewMigration, position: int) -> ProjectState:
        """The state at a place between the operations of an app."""
        state = self.from_state.clone()
        for earlier in self.migrations[app_label]:
            operations = earlier.operations
            for operation in operations[: position if earlier is migration else None]:
                operation.state_forwards(app_label, state)
            if earlier is migration:
                break
        return state

    def _append(
        self, app_label: str, key: Key, operation: AuditOperation, graph: MigrationGraph | None
    ) -> None:
        migration = self._migration_for(app_label, key)
        migration.operations.append(operation)
        self._depend_on_triggers(migration, graph)
        if key[0] != app_label:
            self._depend(migration, key[0], graph)

    def _migration_for(self, app_label: str, key: Key) -> NewMigration:
        """The app's last new migration, or one more.

        One that others may depend on must not itself depend on their apps.
        """
        migrations = self.migrations.setdefault(app_label, [])
        foreign = key[0] != app_label and key[0] in self.migrations
        if not migrations or (foreign and not getattr(migrations[-1], "audits_others", False)):
            migrations.append(self._new_migration(app_label, migrations))
            migrations[-1].audits_others = foreign
        return migrations[-1]

    def _new_migration(self, app_label: str, earlier: list[NewMigration]) -> NewMigration:
        migration = NewMigration(f"auto_{len(earlier) + 1}", app_label)
        # As Django's own autodetector does; the stubs know it as the class's alone.
        migration.initial = app_label not in self.existing_apps and not earlier  # type: ignore[misc]
        if earlier:
            migration.dependencies.append((app_label, earlier[-1].name))
        return migration

    def _depend_on_triggers(self, migration: NewMigration, graph: MigrationGraph | None) -> None:
        self._depend(migration, "trigger_audit", graph)

    def _depend(
        self, migration: NewMigration, app_label: str, graph: MigrationGraph | None
    ) -> None:
        dependency = self._newest(app_label, graph)
        known = {label for label, _ in migration.dependencies}
        if app_label not in known or dependency not in migration.dependencies:
            migration.dependencies.append(dependency)

    def _newest(self, app_label: str, graph: MigrationGraph | None) -> tuple[str, str]:
        if self.migrations.get(app_label):
            return app_label, self.migrations[app_label][-1].name
        leaves = graph.leaf_nodes(app_label) if graph else []
        return leaves[0] if leaves else (app_label, "__first__")


def _key(model: type[models.Model]) -> Key:
    return model._meta.app_label, model._meta.model_name or ""


def _model_name(key: Key, app_label: str, name: str = "") -> str:
    own = key[0] == app_label
    return (name or key[1]).lower() if own else f"{key[0]}.{name or key[1]}"


def _changes(operation: Operation, key: Key) -> bool:
    is_addition = operation.category is OperationCategory.ADDITION
    return not is_addition and operation.references_model(key[1], key[0])


def _is_about(operation: Operation, key: Key) -> bool:
    return getattr(operation, "model_name", "").lower() == key[1]


def _removed_fields(operations: Iterable[Operation], key: Key) -> Iterator[str]:
    for operation in operations:
        if isinstance(operation, RemoveField) and _is_about(operation, key):
            yield operation.name


def _without(model: type[models.Model], declared: Declaration, removed: set[str]) -> Compiled:
    """The audit of a model as it is on the way: of the fields that will outlast the removed."""
    audit = _restricted(model, declared, removed)
    try:
        return compile_audit(model, audit)
    except FieldError:
        # The condition needs a field that is still to come; until then all is recorded.
        audit.condition = None
        return compile_audit(model, audit)


def _restricted(model: type[models.Model], declared: Declaration, removed: set[str]) -> Audit:
    audit = declared.audit
    now = declaration.audited_fields(declared.model, audit)
    relations = declaration.audited_many_to_many(declared.model, audit)
    known = {each.name for each in (*model._meta.local_fields, *model._meta.local_many_to_many)}
    kept = [each.name for each in (*now, *relations) if each.name in known - removed]
    return Audit(
        kept,
        redact=audit.redact,
        images=audit.images,
        condition=audit.condition,
        level=audit.level,
        view=audit.view,
        projections=audit.projections,
    )
