"""The statements that compare and write rows: values go from images into columns as JSON has them.

Values never become Python's: what PostgreSQL wrote into an image, it reads back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from trigger_audit import installation, templates
from trigger_audit.fields import ExactJSONDecoder, encode_exactly
from trigger_audit.revert.images import Image
from trigger_audit.revert.tables import Column, Table
from trigger_audit.sql import quote_identifier

BATCH = 1000
"""Rows in one statement."""

_SHOWN_AS = {"json": "text", "json[]": "text", "money": "numeric", "money[]": "numeric[]"}
"""What events show some types as; see ``triggers.py``."""


class Rows:
    """The rows of a database's tables, as events show them."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.schema = installation.audit_schema(connection)

    def normalised(
        self, table: Table, columns: Sequence[str], images: Sequence[Image]
    ) -> list[Image]:
        """What events would show if the table as it is now held these values.

        :raises django.db.DataError: if a value does not fit its column.
        """
        if not columns:
            return [{} for _ in images]
        shown = ",\n".join(_shown(table.columns[name], "row_value") for name in columns)
        found = self._images(
            "normalised", images, schema=self.schema, shown=shown, types=_types(table, columns)
        )
        return [{name: image[name] for name in columns} for image in found]

    def present(self, table: Table, keys: Sequence[Image], *, lock: bool) -> list[Image]:
        """The rows that have these keys, whole; where they are locked, until the end."""
        return self._images(
            "present",
            keys,
            schema=self.schema,
            table=table.quoted,
            shown=",\n".join(_shown(column, "live") for column in table.columns.values()),
            lock="FOR UPDATE OF live" if lock else "",
            **_key(table),
        )

    def as_of(self, table: Table, moment: datetime, object_id: str) -> Image | None:
        """The row that had a key at a moment, whole; None if there was none."""
        statement = _statement(
            "as_of",
            schema=self.schema,
            table=table.quoted,
            shown=",\n".join(_shown(column, "live") for column in table.columns.values()),
        )
        for (image,) in self._fetch(statement, moment, object_id):
            return dict(json.loads(image, cls=ExactJSONDecoder))
        return None

    def found(
        self, table: Table, columns: Sequence[str], values: Sequence[Image], keys: Sequence[Image]
    ) -> set[int]:
        """The places of those of ``values`` that a row has which has none of ``keys``."""
        statement = _statement(
            "found",
            table=table.quoted,
            live_columns=_references(columns, "live"),
            columns=_typed_list(table, columns, "row_value"),
            types=_types(table, columns),
            **_key(table),
        )
        places = set()
        for start in range(0, len(values), BATCH):
            part = encode_exactly(values[start : start + BATCH])
            for (place,) in self._fetch(statement, part, encode_exactly(list(keys))):
                places.add(start + place - 1)
        return places

    def insert(self, table: Table, columns: Sequence[str], images: Sequence[Image]) -> int:
        """Write rows; return how many were written."""
        return self._write(
            "insert",
            images,
            table=table.quoted,
            columns=", ".join(map(quote_identifier, columns)),
            values=",\n".join(_typed(table.columns[name], "row_value") for name in columns),
            types=_types(table, columns),
        )

    def update(
        self, table: Table, columns: Sequence[str], changes: Sequence[tuple[Image, Image]]
    ) -> int:
        """Set columns of the rows with these keys; return how many were written."""
        assignments = (
            _snippet("assignment", column=name, value=_typed(table.columns[name], "row_value"))
            for name in columns
        )
        return self._write(
            "update",
            [{"key": key, "image": image} for key, image in changes],
            table=table.quoted,
            assignments=",\n".join(assignments),
            types=_types(table, columns),
            **_key(table),
        )

    def delete(self, table: Table, keys: Sequence[Image]) -> int:
        """Delete the rows with these keys; return how many were."""
        return self._write("delete", keys, table=table.quoted, **_key(table))

    def set_constraints(self, constraints: Iterable[str], when: str) -> None:
        """Have constraints checked at once (IMMEDIATE) or at the end (DEFERRED)."""
        if names := ", ".join(constraints):
            with self.connection.cursor() as cursor:
                cursor.execute(
                    templates.render("rows/set_constraints", constraints=names, when=when)
                )

    def _images(self, template: str, given: Sequence[Any], **variables: str) -> list[Image]:
        statement = _statement(template, **variables)
        return [
            json.loads(image, cls=ExactJSONDecoder)
            for start in range(0, len(given), BATCH)
            for (image,) in self._fetch(statement, encode_exactly(given[start : start + BATCH]))
        ]

    def _fetch(self, statement: str, *parameters: Any) -> list[Any]:
        with self.connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return list(cursor.fetchall())

    def _write(self, template: str, given: Sequence[Any], **variables: str) -> int:
        statement = _statement(template, **variables)
        written = 0
        with self.connection.cursor() as cursor:
            for start in range(0, len(given), BATCH):
                cursor.execute(statement, [encode_exactly(given[start : start + BATCH])])
                written += cursor.rowcount
        return written


def _statement(template: str, **variables: str) -> str:
    """A template for a driver, to which a percent sign in a name must not be a placeholder."""
    escaped = {name: value.replace("%", "%%") for name, value in variables.items()}
    return templates.render(f"rows/{template}", **escaped)


def _snippet(name: str, **variables: str) -> str:
    return templates.render(f"columns/{name}", **variables).strip()


def _key(table: Table) -> dict[str, str]:
    return {
        "live_key": _references(table.key, "live"),
        "key": _typed_list(table, table.key, "row_key"),
        "key_types": _types(table, table.key),
    }


def _references(columns: Iterable[str], row: str) -> str:
    return ", ".join(_snippet("reference", row=row, column=name) for name in columns)


def _typed_list(table: Table, columns: Iterable[str], row: str) -> str:
    return ", ".join(_typed(table.columns[name], row) for name in columns)


def _types(table: Table, columns: Iterable[str]) -> str:
    """The columns as a list of definitions, in types that JSON becomes."""
    return ", ".join(
        _snippet("definition", column=name, type=_read_as(table.columns[name])) for name in columns
    )


def _read_as(column: Column) -> str:
    if column.base == "hstore":
        return "jsonb"
    return _SHOWN_AS.get(column.type, column.type)


def _typed(column: Column, row: str) -> str:
    """A value that was read from JSON, in the column's type."""
    value = _snippet("reference", row=row, column=column.name)
    if column.base == "hstore":
        return _snippet("converted", value=_snippet("hstore", value=value), type=column.type)
    if column.type in _SHOWN_AS:
        return _snippet("converted", value=value, type=column.type)
    if column.base == "jsonb" and column.is_not_null:
        # An image does not tell JSON's null from SQL's.
        return _snippet("not_null", value=value)
    return value


def _shown(column: Column, row: str) -> str:
    """A column as the capture function writes it into an image."""
    value = (
        _snippet("reference", row=row, column=column.name) if row == "live" else _typed(column, row)
    )
    if column.type in _SHOWN_AS:
        value = _snippet("converted", value=value, type=_SHOWN_AS[column.type])
    return _snippet("labelled", value=value, column=column.name)
