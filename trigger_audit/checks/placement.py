"""Checks of what is audited, by which app, and into which database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from importlib.util import find_spec
from typing import Any

from django.apps.registry import Apps
from django.core import checks
from django.core.checks import CheckMessage, Error
from django.core.management import get_commands, load_command_class
from django.db import connections, router
from django.db.migrations.loader import MigrationLoader

from trigger_audit import declaration, installation
from trigger_audit.checks.entries import Entry, shown
from trigger_audit.declaration import Declaration, Model
from trigger_audit.models import AuditEvent
from trigger_audit.sql import split_table
from trigger_audit.views import view_name


def check_entry(entry: Entry, apps: Apps) -> Iterator[CheckMessage]:
    """The model is one whose table can be audited, and the app one that can say so."""
    if entry.model is None:
        yield _unusable(entry, apps)
    else:
        yield from _check_model(entry.model)
        yield from _check_databases(entry.model)
    yield from _check_app(entry, apps)


def _unusable(entry: Entry, apps: Apps) -> CheckMessage:
    found = declaration.find_model(apps, entry.named)
    if found is not None:
        return Error(
            f"The model {found._meta.label} is registered, and {found._meta.swapped} is used"
            " in its place.",
            hint=f'Register "{found._meta.swapped}".',
            id="trigger_audit.E020",
        )
    if declaration.is_model(entry.named) and entry.named._meta.abstract:
        return Error(
            f"The model {entry.label} is registered, and it is abstract: it has no table.",
            hint="Register the models that inherit from it, or set audit in its Meta.",
            id="trigger_audit.E021",
        )
    return _unknown_model(entry, apps)


def _unknown_model(entry: Entry, apps: Apps) -> CheckMessage:
    labels = {model._meta.label_lower: model._meta.label for model in apps.get_models()}
    similar = get_close_matches(entry.label.strip("'").lower(), labels)
    return Error(
        f"{entry.label} is registered, and it is no model of an installed app.",
        hint=f"Did you mean {' or '.join(labels[each] for each in similar)}?"
        if similar
        else 'Name it "app_label.ModelName".',
        id="trigger_audit.E019",
    )


def _check_model(model: Model) -> Iterator[CheckMessage]:
    if split_table(model._meta.db_table)[1] == AuditEvent._meta.db_table:
        yield Error(
            f"The model {model._meta.label} is the audit table; to audit it would never end.",
            hint="Take the audit away: the audit table guards itself.",
            obj=model,
            id="trigger_audit.E014",
        )
    if not all(field.column for field in model._meta.pk_fields):
        yield Error(
            f"The model {model._meta.label} has a primary key without a column, which events"
            " cannot tell rows apart by.",
            hint="Give it a primary key that is a column, or take the audit away.",
            obj=model,
            id="trigger_audit.E015",
        )


def _check_databases(model: Model) -> Iterator[CheckMessage]:
    options = model._meta
    allowed = [
        connections[alias] for alias in connections if router.allow_migrate_model(alias, model)
    ]
    postgresql = [connection for connection in allowed if connection.vendor == "postgresql"]
    # Routers of tenants may allow it nowhere, as long as no tenant is chosen.
    if allowed and not postgresql:
        yield Error(
            f"The model {options.label} is audited, and no PostgreSQL database may have its table.",
            hint="Set ENGINE in DATABASES to django.db.backends.postgresql, or have the database"
            " routers allow the model in such a database, or take the audit away.",
            obj=model,
            id="trigger_audit.E022",
        )
    for connection in postgresql:
        if not installation.allows_audit_table(connection):
            yield checks.Warning(
                f"The database routers keep the audit table out of '{connection.alias}', where the"
                f" audited model {options.label} may be.",
                hint=f"Have them allow the app trigger_audit there too: {options.label} is not"
                " audited in a database that has no audit table on its search path.",
                obj=model,
                id="trigger_audit.W005",
            )


def _check_app(entry: Entry, apps: Apps) -> Iterator[CheckMessage]:
    labels = [config.label for config in apps.get_app_configs()]
    if not isinstance(entry.app_label, str) or entry.app_label not in labels:
        similar = get_close_matches(shown(entry.app_label).strip("'"), labels)
        yield Error(
            f"The audit of {entry.label} is registered for {shown(entry.app_label)}, which is no"
            " installed app's label.",
            hint=f"Did you mean {' or '.join(map(repr, similar))}?"
            if similar
            else "Name, as app_label, the app whose migrations are to hold the audit.",
            obj=entry.declared_on,
            id="trigger_audit.E018",
        )
    elif entry.model is not None and _loses_migrations(entry.model, entry.app_label):
        yield _no_migrations(entry)


def _no_migrations(entry: Entry) -> CheckMessage:
    return checks.Warning(
        f"The audit of {entry.label} belongs into the migrations of '{entry.app_label}', which"
        " has none: makemigrations leaves it out.",
        hint=f"Run manage.py makemigrations {entry.app_label}.",
        obj=entry.declared_on,
        id="trigger_audit.W001",
    )


def _loses_migrations(model: Model, app_label: str) -> bool:
    return has_migrations(model._meta.app_label) and not has_migrations(app_label)


def has_migrations(app_label: str) -> bool:
    """Whether the app has a package of migrations, and the settings do not switch it off."""
    name, _ = MigrationLoader.migrations_module(app_label)
    try:
        return name is not None and find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def check_project(written: Sequence[Entry], apps: Apps) -> Iterator[CheckMessage]:
    """Each model is declared once, and ``makemigrations`` will see it."""
    seen: dict[Model, Entry] = {}
    for entry in written:
        if entry.declared_on is not None:
            first = seen.setdefault(entry.declared_on, entry)
            if first is not entry:
                yield _twice(first, entry)
    yield from _check_proxies(apps)
    yield from _check_views(apps)
    if written:
        yield from _check_commands()


def _twice(first: Entry, second: Entry) -> CheckMessage:
    return Error(
        f"The model {first.label} is audited twice: by {first.source} in"
        f" '{first.app_label}' and by {second.source} in '{second.app_label}'.",
        hint="Keep one of them.",
        obj=first.declared_on,
        id="trigger_audit.E016",
    )


def _check_proxies(apps: Apps) -> Iterator[CheckMessage]:
    effective = declaration.audited(apps)
    for each in declaration.declarations(apps):
        other = effective[each.model]
        if each.declared_on is not other.declared_on and each.audit != other.audit:
            yield _conflict(each, other)


def _conflict(each: Declaration, other: Declaration) -> CheckMessage:
    names = [declared.declared_on._meta.label for declared in (each, other)]
    return Error(
        f"{names[0]} and {names[1]} are models of one table, and their audits differ.",
        hint=f"Declare the audit on {names[1]} alone; Meta.audit = None on a proxy switches off"
        " what it inherits.",
        obj=each.declared_on,
        id="trigger_audit.E017",
    )


def _check_views(apps: Apps) -> Iterator[CheckMessage]:
    tables = {
        split_table(model._meta.db_table): model
        for model in apps.get_models(include_auto_created=True)
    }
    for model, declared in declaration.audited(apps).items():
        schema, _ = split_table(model._meta.db_table)
        name = view_name(model._meta.db_table)
        if declared.audit.view is True and (other := tables.get((schema, name))):
            yield Error(
                f"The events of {model._meta.label} are to have a view, and its name, '{name}', is"
                f" that of the table of {other._meta.label}.",
                hint=f"Give {other._meta.label} another db_table, or take view=True away.",
                obj=model,
                id="trigger_audit.E036",
            )


def _check_commands() -> Iterator[CheckMessage]:
    # The autodetector imports these checks.
    from trigger_audit.autodetector import AuditAutodetectorMixin

    for name in ("makemigrations", "migrate"):
        detector: Any = getattr(_command(name), "autodetector", None)
        if not (isinstance(detector, type) and issubclass(detector, AuditAutodetectorMixin)):
            yield Error(
                f"manage.py {name} does not see audits: another app has put its own"
                f" autodetector, {detector!r}, in the place of ours.",
                hint='Put "trigger_audit" below that app in INSTALLED_APPS, or derive its'
                " autodetector from trigger_audit.autodetector.AuditAutodetectorMixin as well.",
                id="trigger_audit.E023",
            )


def _command(name: str) -> Any:
    app_name = get_commands()[name]
    return load_command_class(app_name, name) if isinstance(app_name, str) else app_name
