"""What is really installed in a database, compared with what the models declare."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import router
from django.db.backends.base.base import BaseDatabaseWrapper

from trigger_audit import catalog, declaration, drift, installation, projections
from trigger_audit.catalog import Catalog, Name, Shape, Table
from trigger_audit.drift import Difference
from trigger_audit.installation import Model
from trigger_audit.models import AuditEvent
from trigger_audit.sql import (
    CAPTURE_PREFIX,
    SQL,
    TRIGGERS,
    capture_function,
    quote_table,
    split_function,
    split_table,
)

INSTALLED, NOT_INSTALLED, DISABLED, ALTERED, LEFT_OVER = (
    "installed",
    "not installed",
    "disabled",
    "altered",
    "left over",
)


@dataclass(frozen=True)
class Audited:
    """A table that is to be audited, the model that owns it, and the SQL that makes it so."""

    model: Model
    declared_on: Model
    sql: SQL
    projections: Mapping[str, SQL] = field(default_factory=dict)

    @property
    def db_table(self) -> str:
        return str(self.model._meta.db_table)

    @property
    def quoted(self) -> str:
        return quote_table(self.db_table)


@dataclass(frozen=True)
class TableStatus:
    """How an audited table stands; one left over has no model."""

    schema: str
    table: str
    model: str
    state: str
    differences: tuple[Difference, ...] = ()


def status(connection: BaseDatabaseWrapper) -> list[TableStatus]:
    """Every table that is to be audited in this database, and what is left over of others."""
    audited = list(declared(connection))
    found = _read(connection, audited)
    events_schema, kind = installation.locate(connection, AuditEvent._meta.db_table)
    tables = [_table_status(each, found, events_schema) for each in audited]
    if audited and kind is None:
        tables.insert(0, _no_audit_table(events_schema))
    elif lacking := tuple(_lacking_guards(connection)):
        tables.insert(0, _audit_table(events_schema, ALTERED, lacking))
    return [*tables, *_left_over(found)]


def table_status(connection: BaseDatabaseWrapper, audited: Audited) -> TableStatus:
    """How one table stands."""
    found = _read(connection, [audited])
    return _table_status(audited, found, installation.audit_schema(connection))


def _read(connection: BaseDatabaseWrapper, audited: Iterable[Audited]) -> Catalog:
    """What the catalog says of some tables."""
    tables = [each.quoted for each in audited]
    return catalog.read(connection, tables, {name for each in audited for name in each.projections})


def declared(connection: BaseDatabaseWrapper) -> Iterator[Audited]:
    """The tables that the models and the routers want to be audited in this database."""
    for model in declaration.audited(apps):
        if installation.can_record(connection) and router.allow_migrate_model(
            connection.alias, model
        ):
            yield from audited_tables(model)


def audited_tables(model: Model) -> Iterator[Audited]:
    """The audited tables of a model: its own, and those of its many-to-many fields."""
    relations: list[Any] = list(model._meta.local_many_to_many)
    throughs = [relation.remote_field.through for relation in relations]
    owners = {owner._meta.db_table: owner for owner in (*throughs, model)}
    projected = {model: installation.compiled_of(model).projections}
    for db_table, sql in installation.captures(model):
        owner = owners[db_table]
        yield Audited(owner, model, sql, projected.get(owner, {}))


def _no_audit_table(schema: str) -> TableStatus:
    name = AuditEvent._meta.db_table
    missing = Difference("table missing", name, "every write to an audited table fails")
    return _audit_table(schema, NOT_INSTALLED, (missing,))


def _audit_table(schema: str, state: str, differences: tuple[Difference, ...]) -> TableStatus:
    options = AuditEvent._meta
    return TableStatus(schema, options.db_table, options.label, state, differences)


def _lacking_guards(connection: BaseDatabaseWrapper) -> Iterator[Difference]:
    """The guards of the audit table that are not there, or that a session can silence."""
    for table, guard, is_missing in catalog.read_lacking_guards(
        connection, AuditEvent._meta.db_table
    ):
        kind = "guard missing" if is_missing else "guard disabled"
        yield Difference(kind, guard, f"on {table}")


def _table_status(audited: Audited, found: Catalog, events_schema: str) -> TableStatus:
    label = audited.model._meta.label
    table = found.tables.get(audited.quoted)
    if table is None:
        schema, name = split_table(audited.db_table)
        missing = Difference("table missing", name)
        return TableStatus(schema or "", name, label, NOT_INSTALLED, (missing,))
    differences = tuple(_differences(audited, table, found, events_schema))
    return TableStatus(table.schema, table.name, label, _state(differences), differences)


def _state(differences: Collection[Difference]) -> str:
    missing = {each.name for each in differences if each.kind == "trigger missing"}
    if missing.issuperset(TRIGGERS.values()):
        return NOT_INSTALLED
    kinds = {difference.kind for difference in differences}
    if kinds == {"trigger disabled"}:
        return DISABLED
    return ALTERED if kinds else INSTALLED


def _differences(
    audited: Audited, table: Table, found: Catalog, events_schema: str
) -> Iterator[Difference]:
    bound = installation.bind(
        audited.sql,
        audited.db_table,
        table.schema,
        events_schema,
        partitioned=table.is_partitioned,
    )
    function_text, triggers_text = split_function(bound)
    name = (table.schema, capture_function(audited.db_table))
    function = found.functions.get(name)
    on_table = [trigger for trigger in found.triggers if trigger.audited == table.oid]
    yield from drift.compare_function(name[1], drift.function_of(function_text), function)
    expected = {trigger: (name, shape) for trigger, shape in drift.shapes_of(triggers_text).items()}
    yield from drift.compare_triggers(expected | dict(_projected(audited, found)), on_table)
    if table.is_partitioned and audited.projections:
        yield Difference("table partitioned", table.name, "projections miss its partitions")
    yield from drift.compare_columns(audited.model, table)


def _projected(audited: Audited, found: Catalog) -> Iterator[tuple[str, tuple[Name | None, Shape]]]:
    """The triggers of the projections of a table: what each calls, and its shape."""
    for name, sql in audited.projections.items():
        function = found.projections[name].function if name in found.projections else None
        for trigger, shape in drift.shapes_of(sql.text, projections.triggers_of(sql)).items():
            yield trigger, (function, shape)


def _left_over(found: Catalog) -> Iterator[TableStatus]:
    """Triggers and functions of ours on tables that no model declares, for any database."""
    tables = [each for model in declaration.audited(apps) for each in audited_tables(model)]
    known = {split_table(each.db_table)[1] for each in tables}
    functions = {capture_function(each.db_table) for each in tables}
    oids = {table.oid for table in found.tables.values()}
    left: dict[Name, list[Difference]] = {}
    for trigger in found.triggers:
        if not trigger.is_cloned and trigger.audited not in oids and trigger.table[1] not in known:
            left.setdefault(trigger.table, []).append(Difference("trigger left over", trigger.name))
    for schema, name in found.functions:
        if name not in functions:
            table = (schema, name.removeprefix(CAPTURE_PREFIX))
            left.setdefault(table, []).append(Difference("function left over", name))
    for (schema, table_name), differences in sorted(left.items()):
        yield TableStatus(schema, table_name, "", LEFT_OVER, tuple(differences))
