"""Which tables, under which names and at which times, a subscription reads of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from trigger_audit import catalog, declaration
from trigger_audit.declaration import Model
from trigger_audit.exceptions import StaleModels
from trigger_audit.feed import registry
from trigger_audit.feed.statements import rows
from trigger_audit.sql import bare_name, quote_table
from trigger_audit.subscription import Subscription

LAST = 2**63 - 1
"""The greatest id that there can be."""


@dataclass(frozen=True)
class Rename:
    """A RENAME event: of a table, or of a column of it."""

    id: int
    schema: str
    table: str
    old_table: str | None
    old_column: str | None
    new_column: str | None


@dataclass(frozen=True)
class Source:
    """A table under one of its names: the events between two ids, both exclusive.

    ``fields`` are the model's by the names that the columns had then.
    """

    model: Model
    schema: str
    table: str
    first: int
    last: int
    fields: dict[str, Any]
    operations: tuple[str, ...]
    watched: frozenset[str] | None

    def holds(self, event_id: int, schema: str, table: str) -> bool:
        """Whether an event is of this table under this name."""
        is_named_so = (self.schema, self.table) == (schema, table)
        return is_named_so and self.first < event_id < self.last

    def as_json(self) -> dict[str, Any]:
        """What ``trigger_audit_feed_page`` wants to know."""
        # A field that took a name over which another had before has no column then.
        names = {field.name: column for column, field in self.fields.items()}
        keys = [field.name for field in self.model._meta.pk_fields]
        key = [names[each] for each in keys] if names.keys() >= {*keys} else []
        # A row that gets another key is another row to whoever keeps it by its key.
        watched = self.watched and [
            *(names[each] for each in sorted(self.watched) if each in names),
            *key,
        ]
        return {
            "schema": self.schema,
            "table": self.table,
            "first": self.first,
            "last": self.last,
            "operations": self.operations,
            "columns": watched,
            "key": key,
        }


def resolve(subscription: Subscription, connection: BaseDatabaseWrapper) -> list[Source]:
    """Whatever a subscription reads, as the tables are and as they were named before.

    :raises StaleModels: if the database has other tables or columns than the models: a migration
        ran since this process began, or is still to run.
    """
    models = registry.models_of(subscription)
    tables = catalog.read_tables(connection, [quote_table(m._meta.db_table) for m in models])
    renames = [Rename(*row) for row in rows(connection, "renames")]
    found: list[Source] = []
    for model in models:
        table = tables.get(quote_table(model._meta.db_table))
        fields = {bare_name(field.column): field for field in columns_of(model)}
        if table is None or not fields.keys() <= table.columns:
            missing = sorted(fields.keys() - table.columns) if table else ["the table"]
            raise StaleModels(f"{model._meta.label}: {', '.join(missing)}")
        names = named(table.schema, table.name, fields, renames)
        found.extend(_source(subscription, model, *each) for each in names)
    return found


def schemas(found: list[Source]) -> dict[str, str]:
    """In which schema the table of each model is."""
    return {each.model._meta.label_lower: each.schema for each in found if each.last == LAST}


def _source(subscription: Subscription, model: Model, *named: Any) -> Source:
    watched = subscription.fields
    names = None if watched is None else watched_fields(model, watched)
    parameters = (model, *named, tuple(subscription.operations), names)
    return Source(*parameters)


def watched_fields(model: Model, names: Any) -> frozenset[str]:
    """The names of fields, as the model spells them."""
    return frozenset(found for name in names for found in declaration.field_names(model, name))


def columns_of(model: Model) -> list[Any]:
    """The fields that are columns of the model's own table."""
    concrete: Any = model._meta.concrete_model
    return [field for field in concrete._meta.local_concrete_fields if declaration.is_column(field)]


def named(
    schema: str, table: str, fields: dict[str, Any], renames: list[Rename]
) -> Iterator[tuple[str, str, int, int, dict[str, Any]]]:
    """The names of a table and of its columns, from the present ones back to the first."""
    last = LAST
    for rename in reversed(renames):
        if rename.schema != schema or rename.id >= last:
            continue
        if rename.table == table and rename.old_table is not None:
            yield schema, table, rename.id, last, fields
            table, last = rename.old_table, rename.id
        elif rename.old_table == table:
            # It was another table's name before.
            yield schema, table, rename.id, last, fields
            return
        elif rename.table == table and rename.new_column in fields:
            yield schema, table, rename.id, last, fields
            last = rename.id
            fields = {
                str(rename.old_column) if column == rename.new_column else column: field
                for column, field in fields.items()
                if column != rename.old_column
            }
    yield schema, table, 0, last, fields
