"""The typed view of a model's events: its name and its text."""

from __future__ import annotations

import re
from collections.abc import Iterable

from trigger_audit import templates
from trigger_audit.sql import (
    SQL,
    fitting,
    quote_identifier,
    quote_literal,
    split_table,
)

IMAGES = ("old", "new")

TEXT_TYPES = re.compile(r"text|varchar(\(\d+\))?")
"""Types that a value of an image is of as it stands."""


def view_name(db_table: str) -> str:
    """The name, without schema, of the view of a table's events."""
    return fitting(f"{split_table(db_table)[1]}_audit")


def view_of(db_table: str) -> str:
    """The same as Django names a table, with the schema if the table is named with one."""
    schema, _ = split_table(db_table)
    name = quote_identifier(view_name(db_table))
    return name if schema is None else f"{quote_identifier(schema)}.{name}"


def column_name(image: str, column: str) -> str:
    """The view's column with the ``old`` or the ``new`` values of a column."""
    return fitting(f"{image}_{column}")


def render(columns: Iterable[tuple[str, str]]) -> SQL:
    """The view of columns, of which each has a name and a type; names of tables stay open."""
    columns = list(columns)
    text = templates.read("view")
    return SQL(
        templates.substitute(
            text[text.index("CREATE ") :],
            open_variables=("schema", "view", "table_schema", "table_name"),
            columns=",\n".join(
                _column(image, name, db_type) for name, db_type in columns for image in IMAGES
            ),
            names=",\n".join(quote_literal(name) for name, _ in columns),
        )
    )


def _column(image: str, name: str, db_type: str) -> str:
    variables = {"image": image, "column": name, "alias": column_name(image, name)}
    if TEXT_TYPES.fullmatch(db_type):
        return templates.render("columns/view_text", **variables).strip()
    text = templates.read("columns/view_value").strip()
    return templates.substitute(text, open_variables=("schema",), type=db_type, **variables)


def rename_column(sql: SQL, old: str, new: str) -> SQL:
    """A rendered view for a column that was renamed."""
    text = re.sub(
        rf"^( *){re.escape(quote_literal(old))}(,?)$",
        lambda match: f"{match[1]}{quote_literal(new)}{match[2]}",
        sql.text,
        flags=re.MULTILINE,
    )
    for image in IMAGES:
        former, present = (_ends(image, name) for name in (old, new))
        for end, renamed in zip(former, present, strict=True):
            pattern = re.compile(f"{re.escape(end)}(?=,?$)", re.MULTILINE)
            text = pattern.sub(renamed.replace("\\", r"\\"), text)
    return SQL(text)


def _ends(image: str, column: str) -> list[str]:
    """How the line of a column of the view ends."""
    alias = quote_identifier(column_name(image, column))
    return [
        f"image.{image} ->> {quote_literal(column)} AS {alias}",
        f"image.{image} -> {quote_literal(column)}) AS {alias}",
    ]
