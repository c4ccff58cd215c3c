"""Names and texts of SQL: quoting as PostgreSQL does, and a value that prints as a block."""

from __future__ import annotations

import re
import textwrap
from typing import Any

from django.db.backends.utils import names_digest
from django.db.migrations.serializer import BaseSerializer
from django.db.migrations.writer import MigrationWriter

MAX_IDENTIFIER_BYTES = 63
"""NAMEDATALEN - 1, in bytes: PostgreSQL cuts longer names without an error."""

TRIGGERS = {
    operation: f"!trigger_audit_{operation}"
    for operation in ("insert", "update", "delete", "truncate")
}
"""The triggers' names, which sort before any that an application has."""

CAPTURE_PREFIX = "trigger_audit_capture_"

_STRING_OR_REFERENCE = re.compile(r"""'(?:[^']|'')*'|\b(?:OLD|NEW)\."((?:[^"]|"")+)\"""")
_QUOTED_PART = re.compile(r'"((?:[^"]|"")*)"')


class SQL:
    """A block of SQL that reads and diffs as one in a migration file."""

    def __init__(self, text: str) -> None:
        self.text = textwrap.dedent(text).strip("\n")

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"SQL({self.text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SQL) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)


class SQLSerializer(BaseSerializer):
    """Writes an :class:`SQL` as an indented raw string, or as one line if that alters it."""

    value: SQL

    def serialize(self) -> tuple[str, set[str]]:
        text = self._block('"""') or self._block("'''") or f"({self.value.text!r})"
        return f"trigger_audit.sql.SQL{text}", {"import trigger_audit.sql"}

    def _block(self, quotes: str) -> str | None:
        text = self.value.text
        # Migrations are written line by line, whatever str.splitlines takes for the end of one.
        if quotes in text or text.splitlines() != text.split("\n"):
            return None
        lines = textwrap.indent(text, "    ")
        # The writer indents every line once more; that must not reach into the text.
        unaltered = SQL(textwrap.indent(f"\n{lines}\n", "    ")) == self.value
        return f"(r{quotes}\n{lines}\n{quotes})" if unaltered else None


MigrationWriter.register_serializer(SQL, SQLSerializer)


def quote_identifier(name: str) -> str:
    """``name`` as a quoted identifier, quotes inside it doubled."""
    return '"' + name.replace('"', '""') + '"'


def quote_literal(value: str) -> str:
    """A string literal that means ``value`` under any ``standard_conforming_strings``."""
    quoted = "'" + value.replace("'", "''") + "'"
    return "E" + quoted.replace("\\", "\\\\") if "\\" in value else quoted


def split_table(db_table: str) -> tuple[str | None, str]:
    """Schema, if it has one, and name of a ``db_table`` as Django would quote it."""
    quoted = db_table if db_table[:1] == db_table[-1:] == '"' else f'"{db_table}"'
    parts = [part.replace('""', '"') for part in _QUOTED_PART.findall(quoted)]
    if len(parts) == 2 and quoted == ".".join(map(quote_identifier, parts)):
        return clipped(parts[0]), clipped(parts[1])
    return None, bare_name(db_table)


def bare_name(name: str) -> str:
    """The name in the catalog, for a ``db_column``, which Django quotes unless it comes quoted."""
    is_quoted = len(name) > 1 and name[0] == name[-1] == '"'
    return clipped((name[1:-1] if is_quoted else name).replace('""', '"'))


def clipped(name: str) -> str:
    """The name as PostgreSQL cuts it, between characters."""
    return name.encode()[:MAX_IDENTIFIER_BYTES].decode(errors="ignore")


def quote_table(db_table: str) -> str:
    """The table as SQL names it."""
    return ".".join(quote_identifier(part) for part in split_table(db_table) if part is not None)


def capture_function(db_table: str) -> str:
    """The name, without schema, of the function that captures the changes of a table."""
    return fitting(CAPTURE_PREFIX + split_table(db_table)[1])


def fitting(name: str) -> str:
    """The name, or where PostgreSQL would cut it, one as long that no other is cut to."""
    if len(name.encode()) <= MAX_IDENTIFIER_BYTES:
        return name
    digest = names_digest(name, length=8)
    kept = name.encode()[: MAX_IDENTIFIER_BYTES - len(digest) - 1].decode(errors="ignore")
    return f"{kept}_{digest}"


def rename_column(sql: SQL, old: str, new: str) -> SQL:
    """A rendered capture, rewritten as ``trigger_audit_rename_column`` does in the database."""
    text = sql.text
    for row in ("OLD", "NEW"):
        text = text.replace(f"{row}.{quote_identifier(old)}", f"{row}.{quote_identifier(new)}")
    key = re.compile(rf"^( *){re.escape(quote_literal(old))}, ", re.MULTILINE)
    text = key.sub(lambda match: f"{match[1]}{quote_literal(new)}, ", text)
    alias = re.compile(rf" AS {re.escape(quote_identifier(old))}(?=,?$)", re.MULTILINE)
    return SQL(alias.sub(lambda _: f" AS {quote_identifier(new)}", text))


def forget_column(sql: SQL, column: str) -> SQL:
    """A rendered capture, rewritten as ``trigger_audit_forget_column`` does in the database."""
    reference = re.compile(rf'\b(OLD|NEW)\.{re.escape(quote_identifier(column))}(?!")')
    return SQL(reference.sub("NULL", sql.text))


def columns_of(sql: SQL | None) -> set[str]:
    """The columns that a rendered capture reads."""
    names = _STRING_OR_REFERENCE.findall(str(sql or ""))
    return {name.replace('""', '"') for name in names if name}


def split_function(sql: Any) -> tuple[str, str]:
    """The part of a rendered text that makes the function, and the part that makes the triggers."""
    function, separator, triggers = str(sql).partition("\nCREATE TRIGGER")
    return function, (separator + triggers).strip()
