"""Queries whose audited tables are read as they were at a moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import DateTimeField, Field, Func, TextField, Value
from django.db.models.expressions import Col, Expression
from django.db.models.fields.tuple_lookups import TupleExact
from django.db.models.functions import Cast, JSONArray, Least
from django.db.models.lookups import Exact
from django.db.models.sql import Query
from django.db.models.sql.datastructures import BaseTable, Join
from django.db.models.sql.where import AND, WhereNode

from trigger_audit.columns import is_exact
from trigger_audit.exceptions import MixedMoments
from trigger_audit.keys import of_type
from trigger_audit.sql import split_table

PLAIN_VALUES = (bool, int, str, UUID, date, datetime)
"""What both drivers send as what it is."""

Place = tuple[str, Any]
"""A column: the alias of its table in a query, and the field."""


@dataclass(frozen=True)
class Past:
    """A moment, and the ``db_table`` of each table whose state at the moment is known."""

    moment: datetime
    tables: frozenset[str]


class PastTable(BaseTable):
    """The first table of a query, as it was."""

    def as_sql(self, compiler: Any, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        if self.table_name not in compiler.query.past.tables:
            return super().as_sql(compiler, connection)
        return rows_then(compiler, self.table_name, self.table_alias)


class PastJoin(Join):
    """A table that a query joins, as it was.

    A row that refers to nothing is kept, unless a condition leaves it out: what it refers to may
    be in a table that is not audited, and gone.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.nullable = True

    def as_sql(self, compiler: Any, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        sql, params = super().as_sql(compiler, connection)
        if self.table_name not in compiler.query.past.tables:
            return sql, params
        table, alias = quoted(compiler, self.table_name), quoted(compiler, self.table_alias)
        renamed = "" if self.table_alias == self.table_name else f" {alias}"
        condition = sql.removeprefix(f"{self.join_type} {table}{renamed}")
        rows, rows_params = rows_then(compiler, self.table_name, self.table_alias)
        return f"{self.join_type} {rows}{condition}", [*rows_params, *params]


class PastQuery(Query):
    """A query about a moment; each of its tables is what it was then, if that is known."""

    base_table_class = PastTable
    join_class = PastJoin

    def __init__(self, model: Any, alias_cols: bool = True, past: Past | None = None) -> None:
        super().__init__(model, alias_cols)
        self.past = past

    def table_alias(
        self, table_name: str, create: bool = False, filtered_relation: Any = None
    ) -> tuple[str, bool]:
        """No function can bear the name of a schema: such a table is called by another name."""
        is_named = filtered_relation is not None or self.table_map.get(table_name)
        if split_table(table_name)[0] and not is_named:
            self.table_map[table_name] = [table_name]
            create = True
        return super().table_alias(table_name, create, filtered_relation)

    def join(self, join: Any, reuse: Any = None) -> Any:
        """What no condition uses any more need not be there, although one once asked for it."""
        alias = super().join(join, reuse)
        if self.alias_refcount[alias] == 1:
            self.promote_joins([alias])
        return alias

    def combine(self, rhs: Query, connector: str) -> None:
        self.require_same_moment(rhs)
        super().combine(rhs, connector)

    def bump_prefix(self, other_query: Query, exclude: Any = None) -> None:
        """Also the first that Django asks of a query that is to be combined into another."""
        if exclude:
            self.require_same_moment(other_query)
        super().bump_prefix(other_query, exclude)

    def require_same_moment(self, other: Query) -> None:
        if getattr(other, "past", None) != self.past:
            raise MixedMoments

    def resolve_expression(self, query: Any = None, *args: Any, **kwargs: Any) -> Any:
        clone: Any = super().resolve_expression(query, *args, **kwargs)
        # Django makes some subqueries by the class of the query alone: those of exclude().
        if clone.past is None:
            clone.past = getattr(query, "past", None)
        return clone

    def get_compiler(self, *args: Any, **kwargs: Any) -> Any:
        compiler: Any = super().get_compiler(*args, **kwargs)
        # The result of a function has no primary key that other columns would depend on.
        compiler.collapse_group_by = _uncollapsed
        return compiler


def _uncollapsed(expressions: list[Any], having: Any) -> list[Any]:  # noqa: ARG001
    return expressions


def rows_then(compiler: Any, db_table: str, alias: str | None) -> tuple[str, list[Any]]:
    """A table as it was, for a FROM clause; of it only one row, where the conditions say which."""
    past: Past = compiler.query.past
    # The clock of the database may be behind that of the application.
    moment = Least(
        Value(past.moment, DateTimeField()),
        Func(function="clock_timestamp", output_field=DateTimeField()),
    )
    row = Func(template="NULL::%(table)s", table=quoted(compiler, db_table))
    keys = filter(None, [given_key(compiler.query, alias)])
    call = Func(row, moment, *keys, function="trigger_audit_as_of")
    sql, params = compiler.compile(call)
    return f"{sql} {quoted(compiler, alias)}", list(params)


def quoted(compiler: Any, name: str | None) -> str:
    """A name as the compiler writes it; Django 6.1 renamed the method."""
    quote = getattr(compiler, "quote_name", None) or compiler.quote_name_unless_alias
    return str(quote(name))


def given_key(query: Query, alias: str | None) -> Expression | None:
    """The primary key that rows of a table must have, as text, if the conditions tell it."""
    values = {field: value for (owner, field), value in given(query).items() if owner == alias}
    for field in values:
        keys = field.model._meta.pk_fields
        if field in keys and all(is_tellable(key, values.get(key)) for key in keys):
            return key_text({key: values[key] for key in keys})
    return None


def is_tellable(field: Field[Any, Any], value: Any) -> bool:
    """Whether a value, as text, is equal to just those values that it is equal to in SQL."""
    return isinstance(value, PLAIN_VALUES) and is_exact(field) and is_storable(field, value)


def is_storable(field: Field[Any, Any], value: Any) -> bool:
    """Whether it can be cast to the type of the field's column."""
    try:
        of_type(field, value)
    except (ValidationError, ValueError, TypeError):
        return False
    return True


def key_text(values: Mapping[Field[Any, Any], Any]) -> Expression:
    """A primary key in the manner of ``object_id``."""
    typed = [Cast(Value(value), field) for field, value in values.items()]
    return Cast(typed[0] if len(typed) == 1 else JSONArray(*typed), TextField())


def given(query: Query) -> dict[Place, Any]:
    """The columns that the conditions compare with values, and what joins make equal to them."""
    values = dict(compared(query.where))
    for alias, join in query.alias_map.items():
        for theirs, ours in getattr(join, "join_fields", ()):
            if (join.parent_alias, theirs) in values:
                values.setdefault((alias, ours), values[join.parent_alias, theirs])
    return values


def compared(where: Any) -> Iterator[tuple[Place, Any]]:
    """The columns that must have certain values."""
    if where.negated or where.connector != AND:
        return
    for child in where.children:
        if isinstance(child, WhereNode):
            yield from compared(child)
        elif isinstance(child, TupleExact) and isinstance(child.rhs, (tuple, list)):
            places = [(child.lhs.alias, target) for target in child.lhs.targets]
            yield from zip(places, child.rhs, strict=False)
        elif is_plain_comparison(child):
            yield (child.lhs.alias, child.lhs.target), child.rhs


def is_plain_comparison(condition: Any) -> bool:
    """Whether it compares a column with a value, in a way that no project has altered."""
    is_djangos = type(condition).__module__.startswith("django.db.models.")
    return is_djangos and isinstance(condition, Exact) and isinstance(condition.lhs, Col)
