"""Events as lines of JSON and of CSV, with each value as the database gave it."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.management.base import OutputWrapper
from django.db.models import F, Func, QuerySet, TextField, Value
from django.db.models.functions import Cast

from trigger_audit.models import AuditEvent

COLUMNS = (
    "id",
    "at",
    "txid",
    "op",
    "table_schema",
    "table_name",
    "object_id",
    "old",
    "new",
    "context",
    "db_user",
)
"""The keys of JSON and the columns of CSV: those of the table."""

DOCUMENTS = {"old", "new", "context"}
"""The columns that are JSON already."""

Record = tuple[Any, ...]


def records(events: QuerySet[AuditEvent]) -> QuerySet[AuditEvent, Any]:
    """The columns of events, with JSON and moments as PostgreSQL spells them.

    No number passes through Python, which might round or refuse it; moments are in UTC.
    """
    texts: dict[str, Any] = {name: Cast(name, TextField()) for name in DOCUMENTS}
    texts["at"] = _in_utc("at")
    annotated: QuerySet[AuditEvent, Any] = events.annotate(
        **{f"{name}_text": text for name, text in texts.items()}
    )
    names = [f"{name}_text" if name in texts else name for name in COLUMNS]
    return annotated.values_list(*names)


def _in_utc(name: str) -> Func:
    naive = Func(Value("UTC"), F(name), function="timezone")
    form = Value('YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    return Func(naive, form, function="to_char", output_field=TextField())


def write_json(pages: Iterable[list[Record]], stdout: OutputWrapper) -> None:
    """One object a line."""
    for page in pages:
        stdout.write("\n".join(map(as_json, page)))


def as_json(record: Record) -> str:
    """An event as an object on one line; the numbers in it are those of the database."""
    members = (f"{json.dumps(name)}: {text}" for name, text in _members(record))
    return f"{{{', '.join(members)}}}".translate(_ESCAPES)


def _members(record: Record) -> Iterator[tuple[str, str]]:
    for name, value in zip(COLUMNS, record, strict=True):
        is_document = name in DOCUMENTS and value is not None
        yield name, value if is_document else json.dumps(value, ensure_ascii=False)


# Some readers end a line at these, and terminals obey some: in JSON they occur in strings alone.
_ESCAPES = {code: f"\\u{code:04x}" for code in (*range(0x7F, 0xA0), 0x2028, 0x2029)}


def write_csv(pages: Iterable[list[Record]], stdout: OutputWrapper) -> None:
    """A header, then a line for each event; null is an empty field."""
    writer = csv.writer(stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    for page in pages:
        writer.writerows(page)
