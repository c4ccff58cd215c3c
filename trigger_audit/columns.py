"""What a field's column is, as far as recording its values goes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from trigger_audit import views
from trigger_audit.sql import bare_name

EXACT_TYPES = re.compile(
    r"(small|big)?(int|integer|serial)|boolean|uuid|date|bytea|text|varchar(\(\d+\))?"
    r"|timestamp( with(out)? time zone)?|time( without time zone)?"
)
"""Types whose equality tells every difference of their values, given a deterministic collation."""

FIXED_SCALE = re.compile(r"numeric\(\d{1,3}, \d{1,3}\)")
"""Types of numbers with as many decimals, all of them. PostgreSQL's go to 1000 digits; inspectdb
has 65535 for a column without a scale, which may have 1.0 beside 1.00: equal, and not the same."""

SHORT_TYPES = re.compile(
    r"(small|big)?(int|integer|serial)|boolean|uuid|date|double precision|real|interval|inet"
    r"|timestamp( with(out)? time zone)?|time( without time zone)?"
)
"""Types whose values are short as text."""

WIDE_TYPES = re.compile(r"(text|varchar(?!\(\d{1,3}\))|jsonb|bytea)(\(\d+\))?")
"""Types of values that may be stored out of line and that ``trigger_audit_toast_id`` knows."""

JSON_TYPES = re.compile(r"json(\[\d*\])*")
r"""``to_jsonb`` fails for a ``json`` value with ``\u0000`` that the table accepted."""


@dataclass(frozen=True)
class Column:
    """A recorded column: its name in the catalog, its type, and whether its values are hidden.

    ``exact``: does its equality tell every difference of its values?
    """

    name: str
    db_type: str
    exact: bool
    redacted: bool

    @classmethod
    def of(cls, concrete: Any, *, redacted: bool = False) -> Column:
        """The column of a concrete field."""
        return cls(
            name=bare_name(concrete.column),
            db_type=db_type(concrete),
            # What a model that is not ours to migrate says of its columns may be a guess.
            exact=bool(concrete.model._meta.managed)
            and (is_exact(concrete) or has_fixed_scale(concrete)),
            redacted=redacted,
        )


def jsonb_order(key: str) -> tuple[int, bytes]:
    """What jsonb sorts keys by (``lengthCompareJsonbString`` in its source): shorter ones first.

    In a database of another encoding than UTF-8, some are left for jsonb to sort.
    """
    encoded = key.encode()
    return len(encoded), encoded


def db_type(concrete: Any) -> str:
    """The type of a concrete field's column, in lower case; empty if it has none."""
    return (concrete.db_type(postgresql()) or "").lower()


def is_exact(concrete: Any) -> bool:
    """Does the equality of a column of the field's type tell every difference of its values?"""
    return bool(EXACT_TYPES.fullmatch(db_type(concrete))) and not _collation(concrete)


def has_fixed_scale(concrete: Any) -> bool:
    """Have the numbers of a column of the field's type all the same number of decimals?"""
    return bool(FIXED_SCALE.fullmatch(db_type(concrete)))


def is_text(concrete: Any) -> bool:
    """Whether a field's column is of text, be its length limited or not."""
    return bool(views.TEXT_TYPES.fullmatch(db_type(concrete)))


def _collation(concrete: Any) -> str | None:
    collation: str | None = concrete.db_parameters(postgresql()).get("collation")
    return collation


def longest_key(db_type: str) -> float:
    """The bytes that a value of the type takes in an ``object_id``, at most."""
    if SHORT_TYPES.fullmatch(db_type):
        return 50
    limited = re.fullmatch(r"(?:varchar|char|numeric)\((\d+)(?:, \d+)?\)", db_type)
    # A character may be written as \u0001 in the JSON of a composite key.
    return 6 * int(limited[1]) if limited else float("inf")


def postgresql() -> BaseDatabaseWrapper:
    """A configured PostgreSQL connection, to ask for column types; it is not opened."""
    for connection in connections.all():
        if connection.vendor == "postgresql":
            return connection
    return connections["default"]
