"""Methods of psycopg2's cursors that are written in C, said again by way of those that are told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from typing import Any

Parameters = Sequence[Any] | Mapping[str, Any]


def callproc(self: Any, procname: str, parameters: Parameters | None = None) -> Any:
    """Call a function by its name, as the driver does: the name is SQL."""
    sql = import_module("psycopg2.sql")
    if isinstance(parameters, Mapping):
        arguments = [sql.SQL("{}:=%s").format(sql.Identifier(name)) for name in parameters]
        values = list(parameters.values())
    else:
        values = list(parameters or ())
        arguments = [sql.SQL("%s")] * len(values)
    call = sql.SQL("SELECT * FROM {}({})")
    self.execute(call.format(sql.SQL(procname), sql.SQL(",").join(arguments)), values)
    return parameters


def copy_from(
    self: Any,
    file: Any,
    table: str,
    sep: str = "\t",
    null: str = "\\N",
    size: int = 8192,
    columns: Iterable[str] | None = None,
) -> None:
    """Read a table from a file, as the driver does: the names are quoted."""
    sql = import_module("psycopg2.sql")
    names = list(map(sql.Identifier, columns or ()))
    listed = sql.SQL("({})").format(sql.SQL(",").join(names)) if names else sql.SQL("")
    statement = sql.SQL("COPY {}{} FROM stdin WITH DELIMITER AS {} NULL AS {}")
    self.copy_expert(
        statement.format(sql.Identifier(table), listed, sql.Literal(sep), sql.Literal(null)),
        file,
        size,
    )


METHODS = {"callproc": callproc, "copy_from": copy_from}
