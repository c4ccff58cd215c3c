"""Finds, reads and fills in the files of ``sql_templates/``.

By hand: ``python -m trigger_audit.templates guard -v schema=public | psql``.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from trigger_audit.exceptions import MissingVariable, TriggerAuditError, UnknownVariable
from trigger_audit.sql import quote_identifier, quote_literal

_QUOTED = r"""
    (?<!\w)[eE]'(?: [^'\\] | \\. | '' )*' | '(?: [^'] | '' )*' | "(?: [^"] | "" )*"
"""
_TOKEN = re.compile(
    rf"""
    (?P<skipped> --[^\n]* | /\* .*? \*/ | {_QUOTED} | :: | := )
    | (?P<indent> (?<![^\n])[ ]* )? (?<![:\w]) :
      (?: "(?P<identifier>\w+)" | '(?P<literal>\w+)' | (?P<raw>[A-Za-z_]\w*) )
    """,
    re.VERBOSE | re.DOTALL,
)
_QUOTED_OR_BREAK = re.compile(rf"{_QUOTED} | \n", re.VERBOSE | re.DOTALL)


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
    ``$body$`` are not. Where a raw variable begins a line, its further lines are indented alike,
    save those inside a quoted string.
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
        return indent + _indented(variables[name], indent)

    filled = _TOKEN.sub(fill, text)
    if unknown := variables.keys() - used:
        raise UnknownVariable(", ".join(sorted(unknown)))
    return filled


def _indented(value: str, indent: str) -> str:
    return _QUOTED_OR_BREAK.sub(
        lambda match: match[0] + indent if match[0] == "\n" else match[0], value
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print templates, filled in."""
    parser = argparse.ArgumentParser("python -m trigger_audit.templates", description=main.__doc__)
    parser.add_argument("names", nargs="+", metavar="name", help="a template's path, without .sql")
    parser.add_argument("-v", action="append", default=[], dest="variables", metavar="name=value")
    options = parser.parse_args(arguments)
    variables = dict(variable.split("=", 1) for variable in options.variables)
    try:
        sys.stdout.writelines(f"{render(name, **variables)}\n" for name in options.names)
    except TriggerAuditError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
