"""Which events are of a table, a row or a column, as conditions of a query."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    BooleanField,
    DateTimeField,
    F,
    Field,
    Func,
    JSONField,
    Q,
    TextField,
    Value,
)
from django.db.models.expressions import Combinable, Expression
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from trigger_audit.columns import is_text
from trigger_audit.sql import quote_table
from trigger_audit.values import column_field

Table = str
"""The ``db_table`` of a model; its schema is found by the session that asks."""


class Once(Func):
    """A function that is called once for a query, not for each row."""

    template = "(SELECT %(function)s(%(expressions)s))"


class IsAnyOf(Func):
    """Whether a value is one of an array's, by way of an index."""

    template = "(%(expressions)s))"
    arg_joiner = " = ANY ("
    output_field = BooleanField()


def of_table(db_table: Table) -> Q:
    """The events of a table, under its former names too."""
    table = Value(quote_table(db_table), TextField())
    schema = Once(table, function="trigger_audit_schema", output_field=TextField())
    names: Expression = Func(
        table, function="trigger_audit_names", output_field=ArrayField(TextField())
    )
    periods = Once(table, function="trigger_audit_periods", output_field=JSONField())
    is_then: Expression = Func(
        F("table_name"),
        F("id"),
        periods,
        function="trigger_audit_is_within",
        output_field=BooleanField(),
    )
    return Q(table_schema=schema) & Q(IsAnyOf(F("table_name"), names)) & Q(is_then)


def of_row(db_table: Table, key: Expression) -> Q:
    """The events of the row that has a key, as :func:`key_text` makes it."""
    return of_table(db_table) & Q(object_id=key)


def of_link(db_table: Table, column: str, key: Expression) -> Q:
    """The events of a many-to-many table whose rows refer to a key."""
    columns = past_columns(db_table, column)
    refers: list[Expression] = [
        Func(F(image), columns, key, function="trigger_audit_refers", output_field=BooleanField())
        for image in ("old", "new")
    ]
    return of_table(db_table) & (Q(refers[0]) | Q(refers[1]))


def changed(columns: Combinable) -> Q:
    """The updates that changed one of these columns."""
    differs: Expression = Func(
        F("old"),
        F("new"),
        columns,
        function="trigger_audit_differs",
        output_field=BooleanField(),
    )
    return Q(op="UPDATE") & Q(differs)


def past_columns(db_table: Table, *columns: str) -> Expression:
    """All names that some columns of a table had."""
    return Once(
        Value(quote_table(db_table), TextField()),
        named_columns(*columns),
        function="trigger_audit_past_columns",
        output_field=ArrayField(TextField()),
    )


def named_columns(*columns: str) -> Expression:
    """Columns by exactly these names."""
    array: Any = ArrayField(TextField())
    return Cast(Value(list(columns), array), array)


def key_text(fields: list[Field[Any, Any]], values: list[Any]) -> Expression:
    """A primary key as ``object_id`` has it, whatever the session's settings."""
    columns = map(column_field, fields)
    typed = [_typed(column, value) for column, value in zip(columns, values, strict=True)]
    key: Any = (
        typed[0] if len(typed) == 1 else Func(*typed, function="ROW", output_field=TextField())
    )
    return Once(key, function="trigger_audit_key_text", output_field=TextField())


def reference_text(field: Field[Any, Any], value: Any) -> Expression:
    """A key as images of rows that refer to it have it: JSON spells moments in its own way."""
    if not isinstance(column_field(field), DateTimeField):
        return key_text([field], [value])
    moment = _typed(column_field(field), value)
    row: Any = Func(moment, function="ROW", output_field=TextField())
    keys = Once(row, function="trigger_audit_key_text", output_field=TextField())
    return KeyTextTransform(0, Cast(keys, JSONField()))


def _typed(column: Field[Any, Any], value: Any) -> Expression:
    # A cast to varchar(3) would make another key of one that is longer.
    return Cast(Value(value, column), TextField() if is_text(column) else column)
