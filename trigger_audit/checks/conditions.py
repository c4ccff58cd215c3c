"""Checks of the condition of an audit."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pgtrigger
from django.core.checks import CheckMessage, Error
from django.db.models.sql.datastructures import Join
from pgtrigger.core import _OldNewQuery  # Where alone the joins of a condition can be seen.

from trigger_audit import conditions
from trigger_audit.columns import postgresql
from trigger_audit.declaration import Audit, Model, is_column
from trigger_audit.sql import bare_name

_STRING = re.compile(r"'(?:[^']|'')*'")
_REFERENCE = re.compile(r'\b(?:OLD|NEW)\s*\.\s*(?:"((?:[^"]|"")+)"|(\w+))', re.IGNORECASE)


_WHOLE_ROW = re.compile(r"\b(?:OLD|NEW)\s*\.\s*\*", re.IGNORECASE)
_WITHOUT_EQUALITY = ("json", "xml", "point")


def check(model: Model, audit: Audit) -> Iterator[CheckMessage]:
    """The condition is one of pgtrigger's, about columns of the model's own table."""
    if audit.condition is None:
        return
    if not isinstance(audit.condition, pgtrigger.Condition):
        yield _wrong_type(model, audit)
        return
    try:
        spans_relations = _spans_relations(model, audit.condition)
        sql = conditions.resolve(audit.condition, model)
    # pgtrigger and Django raise whatever type, even AttributeError.
    except Exception as error:  # noqa: BLE001
        yield _unresolvable(model, f"cannot be resolved: {str(error) or type(error).__name__}")
        return
    unknown = sorted(_columns(sql) - _known_columns(model))
    if spans_relations:
        yield _unresolvable(model, "follows a relation to another table")
    elif incomparable := _WHOLE_ROW.search(sql) and _incomparable(model):
        yield _unresolvable(model, f"compares whole rows, and {incomparable} has no equality")
    elif unknown:
        yield _unresolvable(model, f"needs {', '.join(unknown)}, not columns of the table")
    if "$body$" in sql:
        yield _body_quotes(model)


def _spans_relations(model: Model, condition: pgtrigger.Condition) -> bool:
    if not isinstance(condition, pgtrigger.Q):
        return False
    query = _OldNewQuery(model)
    condition.resolve_expression(query)
    return any(
        isinstance(query.alias_map[alias], Join) and uses
        for alias, uses in query.alias_refcount.items()
    )


def _columns(sql: str) -> set[str]:
    references = _REFERENCE.findall(_STRING.sub("''", sql))
    return {quoted.replace('""', '"') or plain.lower() for quoted, plain in references}


def _known_columns(model: Model) -> set[str]:
    return {
        bare_name(field.column or "")
        for field in model._meta.local_concrete_fields
        if is_column(field)
    }


def _incomparable(model: Model) -> str | None:
    for field in model._meta.local_concrete_fields:
        if not is_column(field) or field.db_type(postgresql()) in _WITHOUT_EQUALITY:
            return str(field.name)
    return None


def _wrong_type(model: Model, audit: Audit) -> CheckMessage:
    return Error(
        f"The condition of the audit of {model._meta.label} is a {type(audit.condition).__name__}.",
        hint="It is a condition of pgtrigger, such as pgtrigger.Q(new__status=...).",
        obj=model,
        id="trigger_audit.E011",
    )


def _unresolvable(model: Model, what: str) -> CheckMessage:
    return Error(
        f"The condition of the audit of {model._meta.label} {what}.",
        hint="Name, after old__ or new__, fields whose columns are in the model's own table.",
        obj=model,
        id="trigger_audit.E012",
    )


def _body_quotes(model: Model) -> CheckMessage:
    return Error(
        f"The condition of the audit of {model._meta.label} contains $body$, which ends the"
        " function that it stands in.",
        hint="Write the text in two parts: '$bo' || 'dy$'.",
        obj=model,
        id="trigger_audit.E013",
    )
