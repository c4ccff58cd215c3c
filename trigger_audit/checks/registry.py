"""What Django runs, and what ``makemigrations`` runs where it skips the checks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.apps.registry import Apps
from django.core import checks
from django.core.checks import CheckMessage
from django.db import connections

from trigger_audit.checks import (
    conditions,
    database,
    fields,
    placement,
    projections,
    shape,
)
from trigger_audit.checks.entries import Entry, entries
from trigger_audit.checks.settings import check_settings
from trigger_audit.checks.subscriptions import check_subscriptions
from trigger_audit.exceptions import DeclarationError


def register() -> None:
    """Have ``manage.py check`` run them; those of the database with ``--database`` alone."""
    checks.register(check_declarations, checks.Tags.models)
    checks.register(check_databases, checks.Tags.database)
    checks.register(check_settings)
    checks.register(check_subscriptions)


def check_declarations(
    app_configs: Sequence[AppConfig] | None = None,
    **kwargs: Any,  # noqa: ARG001  # Checks must take what Django will add.
) -> list[CheckMessage]:
    """The mistakes in the declarations of the project, or of some of its apps."""
    labels = None if app_configs is None else {config.label for config in app_configs}
    return list(mistakes(apps, labels))


def raise_on_errors() -> None:
    """Stop where a declaration is wrong, before something fails obscurely for it.

    :raises DeclarationError: with all the errors.
    """
    found = [
        message
        for message in check_declarations()
        if message.level >= checks.ERROR and not message.is_silenced()
    ]
    if found:
        raise DeclarationError(found)


def mistakes(registry: Apps, labels: Iterable[str] | None = None) -> Iterator[CheckMessage]:
    """Whatever is wrong with the declarations of a registry of models."""
    written = [
        entry for entry in entries(registry) if labels is None or entry.concerns(set(labels))
    ]
    for entry in written:
        yield from placement.check_entry(entry, registry)
        yield from _check_audit(entry, registry)
    yield from placement.check_project(written, registry)


def _check_audit(entry: Entry, registry: Apps) -> Iterator[CheckMessage]:
    yield from shape.check(entry)
    if entry.model is not None and entry.audit is not None:
        yield from fields.check(entry.model, entry.audit, registry)
        yield from conditions.check(entry.model, entry.audit)
        yield from projections.check(entry.model, entry.audit)


def check_databases(
    app_configs: Sequence[AppConfig] | None = None,  # noqa: ARG001  # The database is whole.
    databases: Sequence[str] | None = None,
    **kwargs: Any,  # noqa: ARG001  # Checks must take what Django will add.
) -> list[CheckMessage]:
    """What endangers the audit of the databases that ``--database`` names."""
    return [message for alias in databases or () for message in database.check(connections[alias])]
