"""The triggers that call a projection, a function of the user's: its name and their text."""

from __future__ import annotations

import re
from collections.abc import Iterable

from trigger_audit import templates
from trigger_audit.sql import MAX_IDENTIFIER_BYTES, SQL, TRIGGERS, quote_identifier

_NAME = re.compile(r'[^."()\0]+(\.[^."()\0]+)?')
_HEAD = "CREATE OR REPLACE TRIGGER"
_TRIGGER = re.compile(rf'^{_HEAD} "([^"]+)"\nAFTER (\w+) ON ', re.MULTILINE)


def is_function_name(name: str) -> bool:
    """Whether it names a function, by its schema or without."""
    return bool(_NAME.fullmatch(name)) and all(
        len(part.encode()) <= MAX_IDENTIFIER_BYTES for part in name.split(".")
    )


def quote_function(name: str) -> str:
    """The function as SQL names it."""
    return ".".join(map(quote_identifier, name.split(".")))


def trigger_names(number: int) -> dict[str, str]:
    """The triggers of the projection of that number, which sort after those of the capture."""
    return {operation: f"!trigger_projection_{number:02}_{operation}" for operation in TRIGGERS}


def render(names: Iterable[str]) -> dict[str, SQL]:
    """The triggers of each projection, called in this order; the name of the table stays open."""
    text = templates.read("projection")
    return {
        name: SQL(
            templates.substitute(
                text[text.index("CREATE ") :],
                open_variables=("table",),
                function=quote_function(name),
                **trigger_names(number),
            )
        )
        for number, name in enumerate(names, start=1)
    }


def triggers_of(sql: SQL) -> dict[str, str]:
    """The names of the triggers that a rendered text makes, by operation."""
    return {operation.lower(): name for name, operation in _TRIGGER.findall(sql.text)}


def trigger_text(sql: SQL, name: str) -> str:
    """The statement of a rendered text that makes one trigger."""
    head = f"{_HEAD} {quote_identifier(name)}"
    return head + sql.text.partition(head)[2].partition(f"\n\n{_HEAD}")[0]
