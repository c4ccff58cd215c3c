"""The SQL of conditions, the same under every driver."""

from __future__ import annotations

import datetime as dt
import decimal
import math
import uuid
from collections.abc import Callable
from typing import Any

import pgtrigger
from django.db import models
from django.db.backends.postgresql.psycopg_any import is_psycopg3
from pgtrigger.core import _OldNewQuery  # Its own resolve() has the driver quote the values.
from pgtrigger.utils import connection as database

from trigger_audit.sql import quote_literal

TYPES: dict[type, tuple[Callable[[Any], str], str]] = {
    bytes: (lambda value: rf"\x{value.hex()}", "bytea"),
    dt.datetime: (dt.datetime.isoformat, "timestamp"),
    dt.date: (dt.date.isoformat, "date"),
    dt.time: (dt.time.isoformat, "time"),
    dt.timedelta: (
        lambda value: f"{value.days} days {value.seconds}.{value.microseconds:06} seconds",
        "interval",
    ),
    uuid.UUID: (str, "uuid"),
}
"""How values that are not numbers are written, and the type they are cast to."""


def resolve(condition: Any, model: type[models.Model]) -> str:
    """The SQL of a condition on the OLD and NEW rows of a model's table."""
    is_q = isinstance(condition, pgtrigger.Q)
    sql: str = _resolve(condition, model) if is_q else condition.resolve(model)
    # A comment at the end must not swallow what follows.
    return f"({sql}\n)" if "--" in sql.rpartition("\n")[2] else f"({sql})"


def _resolve(condition: pgtrigger.Q, model: type[models.Model]) -> str:
    query = _OldNewQuery(model)
    expression = condition.resolve_expression(query)
    compiler = query.get_compiler("default")
    sql, values = expression.as_sql(compiler, database())  # type: ignore[no-untyped-call]  # pgtrigger's.
    sql = sql.replace('"OLD".', "OLD.").replace('"NEW".', "NEW.")
    return str(sql % tuple(literal(value) for value in values))


def literal(value: Any) -> str:
    """``value`` in SQL, on one line: strings with line breaks have them escaped."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, decimal.Decimal, float)):
        return _number(value)
    if isinstance(value, (list, tuple)):
        return f"ARRAY[{', '.join(map(literal, value))}]"
    if isinstance(value, str):
        return _string(str.__str__(value))
    for kind, (text, db_type) in TYPES.items():
        if isinstance(value, kind):
            aware = isinstance(value, dt.datetime) and value.tzinfo is not None
            return f"{quote_literal(text(value))}::{'timestamptz' if aware else db_type}"
    return _quoted_by_the_driver(value)


def _number(value: float | decimal.Decimal) -> str:
    text = str(value)
    if not isinstance(value, int) and not math.isfinite(value):
        return f"'{text}'::{'numeric' if isinstance(value, decimal.Decimal) else 'float8'}"
    return f"({text})" if text.startswith("-") else text


def _string(value: str) -> str:
    if "\n" not in value and "\r" not in value:
        return quote_literal(value)
    for character, escaped in [("\\", r"\\"), ("'", "''"), ("\n", r"\n"), ("\r", r"\r")]:
        value = value.replace(character, escaped)
    return f"E'{value}'"


def _quoted_by_the_driver(value: Any) -> str:
    if is_psycopg3:
        from psycopg.adapt import Transformer

        return bytes(Transformer().as_literal(value)).decode()
    from psycopg2.extensions import adapt

    return str(adapt(value).getquoted().decode())
