"""What the catalog says of tables whose rows are to be written back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from trigger_audit import catalog
from trigger_audit.names import Model, Name
from trigger_audit.sql import bare_name, quote_identifier
from trigger_audit.triggers import primary_key_fields


@dataclass(frozen=True)
class Column:
    """A column as it is now; ``base`` is the name of its type under domains."""

    name: str
    type: str
    base: str
    is_not_null: bool
    has_default: bool
    is_generated: bool


@dataclass(frozen=True)
class Unique:
    """Columns of which no two rows may have the same values."""

    name: str
    columns: tuple[str, ...]
    schema: str
    is_deferrable: bool
    is_deferred: bool


@dataclass(frozen=True)
class Table:
    """A table: its columns by name, and those of the primary key; its model, if it has one."""

    schema: str
    name: str
    model: Model | None
    columns: Mapping[str, Column]
    uniques: tuple[Unique, ...]

    def __hash__(self) -> int:
        return hash(self.qualified)

    @property
    def qualified(self) -> Name:
        return self.schema, self.name

    @property
    def quoted(self) -> str:
        return quote_qualified(self.qualified)

    @property
    def label(self) -> str:
        return str(self.model._meta.label) if self.model else self.name

    @cached_property
    def key(self) -> tuple[str, ...]:
        if self.model is None:
            # Only ever compared with no keys at all.
            return tuple(self.columns)[:1]
        return tuple(bare_name(key.column) for key in primary_key_fields(self.model))

    @cached_property
    def fields(self) -> dict[str, Any]:
        """The model's fields, by column."""
        concrete: Iterable[Any] = self.model._meta.local_concrete_fields if self.model else ()
        return {bare_name(field.column): field for field in concrete}

    def field_name(self, column: str) -> str:
        """What a user calls a column."""
        return str(self.fields[column].name) if column in self.fields else column


@dataclass(frozen=True)
class Reference:
    """A foreign key; one without a name is known to Django alone."""

    name: str | None
    source: Name
    columns: tuple[str, ...]
    target: Name
    target_columns: tuple[str, ...]
    is_deferrable: bool = False
    is_deferred: bool = False
    follows_delete: bool = False
    follows_update: bool = False

    @property
    def shape(self) -> tuple[Name, tuple[str, ...], Name, tuple[str, ...]]:
        return self.source, self.columns, self.target, self.target_columns


def quote_qualified(name: Name) -> str:
    """A table as SQL names it, with its schema."""
    return ".".join(map(quote_identifier, name))


def load(
    connection: BaseDatabaseWrapper, names: Iterable[Name], known: Mapping[Name, Model]
) -> dict[Name, Table]:
    """The tables of these names."""
    wanted = {quote_qualified(name): name for name in names}
    columns: dict[str, dict[str, Column]] = {name: {} for name in wanted}
    for name, *column in catalog.read_columns(connection, wanted):
        columns[name][column[0]] = Column(*column)
    uniques: dict[str, list[Unique]] = {name: [] for name in wanted}
    for name, index, keys, *rest in catalog.read_uniques(connection, wanted):
        uniques[name].append(Unique(index, tuple(keys), *rest))
    return {
        name: Table(*name, known.get(name), columns[quoted], tuple(uniques[quoted]))
        for quoted, name in wanted.items()
    }


def references(
    connection: BaseDatabaseWrapper, names: Iterable[Name], known: Mapping[Name, Model]
) -> list[Reference]:
    """The foreign keys of tables, and those that refer to them, in the database or in Django."""
    wanted = set(names)
    found = [
        Reference(name, source, tuple(columns), target, tuple(target_columns), *rest)
        for name, source, columns, target, target_columns, *rest in catalog.read_references(
            connection, map(quote_qualified, sorted(wanted))
        )
    ]
    shapes = {reference.shape for reference in found}
    found += [
        reference
        for reference in _unconstrained(known)
        if {reference.source, reference.target} & wanted and reference.shape not in shapes
    ]
    return found


def _unconstrained(known: Mapping[Name, Model]) -> Iterator[Reference]:
    """The foreign keys that the models have; the database need not know them."""
    names = {model._meta.db_table: name for name, model in known.items()}
    for source, model in known.items():
        fields: Iterable[Any] = model._meta.local_concrete_fields
        for field in fields:
            target = field.is_relation and field.related_model._meta.db_table
            if target in names:
                yield Reference(
                    None,
                    source,
                    (bare_name(field.column),),
                    names[target],
                    (bare_name(field.target_field.column),),
                )
