"""The tables, triggers and functions of auditing that PostgreSQL's catalog knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from trigger_audit import templates
from trigger_audit.projections import quote_function
from trigger_audit.sql import quote_table

ENABLED = "O"
"""``pg_trigger.tgenabled`` of a trigger that fires in ordinary sessions, and in those alone."""

ALWAYS = "A"
"""The same of one that also fires where a replica applies changes."""

Name = tuple[str, str]
"""Schema and name."""


@dataclass(frozen=True)
class Table:
    """A table, and the names of its columns."""

    oid: int
    schema: str
    name: str
    kind: str
    columns: frozenset[str]

    @property
    def is_partitioned(self) -> bool:
        return self.kind == "p"


@dataclass(frozen=True)
class Shape:
    """What CREATE TRIGGER said: timing, operation and level as bits, and the transition tables."""

    bits: int
    old_table: str | None = None
    new_table: str | None = None
    is_restricted: bool = False


@dataclass(frozen=True)
class Trigger:
    """One of our triggers; ``audited`` is its table's oid, that of the parent for a partition."""

    audited: int
    table: Name
    name: str
    enabled: str
    is_cloned: bool
    function: Name
    shape: Shape


@dataclass(frozen=True)
class Function:
    """What a function does, and who but its owner may execute it."""

    source: str
    security_definer: bool
    settings: frozenset[str]
    grantees: tuple[str, ...] = ()


@dataclass(frozen=True)
class Projection:
    """A function of the user's that a projection names."""

    function: Name
    is_of_triggers: bool


@dataclass(frozen=True)
class Catalog:
    """What was found: tables by their quoted names, functions by schema and name."""

    tables: dict[str, Table]
    triggers: list[Trigger]
    functions: dict[Name, Function]
    projections: dict[str, Projection]


def read(
    connection: BaseDatabaseWrapper, tables: Iterable[str], projections: Iterable[str] = ()
) -> Catalog:
    """What the catalog says of ``tables``, quoted, and of all else of ours beside them."""
    found = read_tables(connection, tables)
    ((search_path,),) = _rows(connection, "catalog_schemas")
    schemas = sorted({*search_path, *(table.schema for table in found.values())})
    return Catalog(
        found,
        read_triggers(connection, schemas),
        read_functions(connection, schemas),
        read_projections(connection, projections),
    )


def read_tables(connection: BaseDatabaseWrapper, tables: Iterable[str]) -> dict[str, Table]:
    """Those of ``tables``, quoted, that are there."""
    return {
        wanted: Table(oid, schema, name, kind, frozenset(columns))
        for wanted, oid, schema, name, kind, columns in _rows(
            connection, "catalog_tables", list(tables)
        )
    }


def read_triggers(connection: BaseDatabaseWrapper, schemas: list[str]) -> list[Trigger]:
    """Our triggers on the tables of ``schemas``, and those on the partitions of these tables."""
    return [_trigger(*row) for row in _rows(connection, "catalog_triggers", schemas)]


def _trigger(audited: int, schema: str, table: str, name: str, *rest: Any) -> Trigger:
    enabled, is_cloned, function_schema, function, *shape = rest
    called = (function_schema, function)
    return Trigger(audited, (schema, table), name, enabled, is_cloned, called, Shape(*shape))


def read_functions(connection: BaseDatabaseWrapper, schemas: list[str]) -> dict[Name, Function]:
    """The capture functions in ``schemas``."""
    return {
        (schema, name): Function(source, security_definer, frozenset(settings), tuple(grantees))
        for schema, name, source, security_definer, settings, grantees in _rows(
            connection, "catalog_functions", schemas
        )
    }


def read_projections(
    connection: BaseDatabaseWrapper, names: Iterable[str]
) -> dict[str, Projection]:
    """The functions of these names that are there."""
    quoted = {quote_function(name): name for name in names}
    found = _rows(connection, "catalog_projections", list(quoted)) if quoted else []
    return {
        quoted[wanted]: Projection((schema, name), is_of_triggers)
        for wanted, schema, name, is_of_triggers in found
    }


def read_lacking_guards(
    connection: BaseDatabaseWrapper, audit_table: str
) -> list[tuple[str, str, bool]]:
    """Where the audit table lacks a guard that always fires: table, guard, and if it is missing."""
    return _rows(connection, "catalog_guards", quote_table(audit_table))


def read_columns(connection: BaseDatabaseWrapper, tables: Iterable[str]) -> list[Any]:
    """The columns of ``tables``, quoted: table, name, type and what writing needs to know."""
    return _rows(connection, "catalog_columns", list(tables))


def read_uniques(connection: BaseDatabaseWrapper, tables: Iterable[str]) -> list[Any]:
    """What is unique in ``tables``, quoted: table, name, columns, schema and when it is checked."""
    return _rows(connection, "catalog_uniques", list(tables))


def read_references(connection: BaseDatabaseWrapper, tables: Iterable[str]) -> Iterator[Any]:
    """The foreign keys from and to ``tables``, quoted: name, source, columns, target, its columns,
    when it is checked, and what it does."""
    wanted = list(tables)
    for name, *row in _rows(connection, "catalog_references", wanted, wanted):
        source_schema, source, columns, target_schema, target, target_columns, *rest = row
        yield name, (source_schema, source), columns, (target_schema, target), target_columns, *rest


def _rows(connection: BaseDatabaseWrapper, template: str, *parameters: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(templates.render(template), parameters or None)
        return list(cursor.fetchall())
