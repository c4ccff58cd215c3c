"""Checks of what only a database can tell."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.core import checks
from django.core.checks import CheckMessage
from django.db import router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from trigger_audit import catalog, declaration, installation, templates
from trigger_audit.declaration import Declaration, Model
from trigger_audit.models import AuditEvent
from trigger_audit.sql import quote_table

DAYS_AHEAD = 14
"""How long before the partitions run out a check says so."""


def check(connection: BaseDatabaseWrapper) -> Iterator[CheckMessage]:
    """There are partitions for the days to come, no row trigger mixes up the order, and every
    write to a table with projections is seen.
    """
    if installation.can_record(connection):
        yield from _check_partitions(connection)
        yield from _check_row_triggers(connection)
        yield from _check_projections(connection)


def _check_partitions(connection: BaseDatabaseWrapper) -> Iterator[CheckMessage]:
    for (until,) in _rows(connection, "partitions_ahead", quote_table(AuditEvent._meta.db_table)):
        if until is None or until < timezone.now() + timedelta(days=DAYS_AHEAD):
            ends = f"on {until:%Y-%m-%d}" if until else "now"
            yield checks.Warning(
                f"The partitions of the audit table in '{connection.alias}' run out {ends}."
                " Events go to the default partition then.",
                hint=f"Run manage.py audit partition --database={connection.alias}, best by a"
                " monthly job.",
                obj=AuditEvent,
                id="trigger_audit.W002",
            )


def _check_row_triggers(connection: BaseDatabaseWrapper) -> Iterator[CheckMessage]:
    models = {quote_table(model._meta.db_table): model for model in _at_statement_level(connection)}
    for table, names in _rows(connection, "row_triggers", list(models)):
        label = models[table]._meta.label
        yield checks.Warning(
            f"The table of {label} in '{connection.alias}' has row triggers: {', '.join(names)}."
            " Where one of them writes the same table, events are recorded out of order.",
            hint=f'Declare the audit of {label} with level="row" if one does; if none does, add'
            " trigger_audit.W003 to SILENCED_SYSTEM_CHECKS.",
            obj=models[table],
            id="trigger_audit.W003",
        )


def _check_projections(connection: BaseDatabaseWrapper) -> Iterator[CheckMessage]:
    projected = {
        quote_table(declared.model._meta.db_table): declared.model
        for declared in _declared(connection)
        if declared.audit.projections
    }
    for name, table in catalog.read_tables(connection, projected).items() if projected else ():
        if table.is_partitioned:
            label = projected[name]._meta.label
            yield checks.Error(
                f"The audit of {label} has projections, and its table in '{connection.alias}' is"
                " partitioned: they would miss what is written to a partition.",
                hint="Take the projections away, and subscribe to its changes.",
                obj=projected[name],
                id="trigger_audit.E075",
            )


def _at_statement_level(connection: BaseDatabaseWrapper) -> Iterator[Model]:
    for declared in _declared(connection):
        if declared.audit.level != "row":
            yield declared.model


def _declared(connection: BaseDatabaseWrapper) -> Iterator[Declaration]:
    """What is declared of the models that the routers allow in this database."""
    for declared in declaration.audited(apps).values():
        if router.allow_migrate_model(connection.alias, declared.model):
            yield declared


def _rows(connection: BaseDatabaseWrapper, template: str, parameter: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(templates.render(template), [parameter])
        rows: list[Any] = cursor.fetchall()
    return rows
