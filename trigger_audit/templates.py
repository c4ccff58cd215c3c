"""Finds, reads and fills in the files of ``sql_templates/``."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from trigger_audit.exceptions import MissingVariable, UnknownVariable
from trigger_audit.sql import quote_identifier, quote_literal

_TOKEN = re.compile(
    r"""
    (?P<skipped> --[^\n]* | '(?:[^']|'')*' | "(?:[^"]|"")*" | :: | := )
    | (?P<indent> (?<![^\n])[ ]* )? (?<![:\w]) :
      (?: "(?P<identifier>\w+)" | '(?P<literal>\w+)' | (?P<raw>[A-Za-z_]\w*) )
    """,
    re.VERBOSE,
)


def folder() -> Path:
    """Where the templates are: in the package when installed, beside it in a checkout."""
    package = Path(__file__).parent
    installed = package / "sql_templates"
    return installed if installed.is_dir() else package.parent / "sql_templates"


@cache
def read(name: str) -> str:
    """The text of a template.

    :param name: the file's path in ``sql_templates/``, without ``.sql``.
    """
    return (folder() / f"{name}.sql").read_text(encoding="utf-8")


def render(name: str, **variables: str) -> str:
    """A template with all of its variables filled in, as ``psql -v`` would.

    :raises MissingVariable: if the template has a variable that is not given.
    :raises UnknownVariable: if a variable is given that the template does not have.
    """
    return substitute(read(name), open_variables=(), **variables)


def substitute(text: str, open_variables: tuple[str, ...] | None = None, **variables: str) -> str:
    """``text`` with variables filled in: ``:"identifier"``, ``:'literal'`` and ``:raw``.

    Quoted strings, quoted identifiers and comments are left alone, as psql does; bodies between
    ``$body$`` are not. Where a raw variable begins a line, its further lines are indented alike.
    """
    used: set[str] = set()

    def fill(match: re.Match[str]) -> str:
        if match["skipped"] is not None:
            return match[0]
        name = match["identifier"] or match["literal"] or match["raw"]
        if name not in variables:
            if open_variables is None or name in open_variables:
                return match[0]
            raise MissingVariable(name)
        used.add(name)
        indent = match["indent"] or ""
        if match["identifier"]:
            return indent + quote_identifier(variables[name])
        if match["literal"]:
            return indent + quote_literal(variables[name])
        return indent + variables[name].replace("\n", "\n" + indent)

    filled = _TOKEN.sub(fill, text)
    if unknown := variables.keys() - used:
        raise UnknownVariable(", ".join(sorted(unknown)))
    return filled
