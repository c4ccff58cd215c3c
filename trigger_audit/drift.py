"""How an audited table in the catalog differs from what its model declares."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from trigger_audit import catalog
from trigger_audit.catalog import Function, Name, Shape, Table, Trigger
from trigger_audit.installation import Model
from trigger_audit.sql import TRIGGERS, bare_name

ROW, INSERT, DELETE, UPDATE, TRUNCATE = 1, 4, 8, 16, 32
"""Bits of ``pg_trigger.tgtype``; AFTER is the absence of others."""

BITS = {"insert": INSERT, "update": UPDATE, "delete": DELETE, "truncate": TRUNCATE}


@dataclass(frozen=True)
class Difference:
    """One thing that is not as the models declare it; ``name`` says which one."""

    kind: str
    name: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}" + (f" ({self.detail})" if self.detail else "")


def function_of(text: str) -> Function:
    """The function that a rendered text makes, as the catalog will have it."""
    header, _, rest = text.partition("\nAS $body$")
    source = rest.partition("\n$body$;")[0] + "\n"
    settings = re.findall(r'^SET "?(\w+)"? = (.+)$', header, re.MULTILINE)
    return Function(
        source,
        security_definer="\nSECURITY DEFINER\n" in header,
        settings=frozenset(f"{name}={value.strip(chr(39))}" for name, value in settings),
    )


def shapes_of(text: str, names: Mapping[str, str] = TRIGGERS) -> dict[str, Shape]:
    """The triggers that a rendered text makes, as the catalog will have them, by name.

    :param names: the name of the trigger of each operation.
    """
    return {
        name: _shape(operation, text.partition(f'"{name}"')[2]) for operation, name in names.items()
    }


def _shape(operation: str, text: str) -> Shape:
    text = text.partition("\nEXECUTE FUNCTION")[0]
    tables = dict(re.findall(r"(OLD|NEW) TABLE AS (\w+)", text.partition("\nREFERENCING ")[2]))
    level = ROW if text.endswith("\nFOR EACH ROW") else 0
    return Shape(BITS[operation] | level, tables.get("OLD"), tables.get("NEW"))


def compare_function(
    name: str, expected: Function, actual: Function | None
) -> Iterator[Difference]:
    """How a capture function differs from what the models declare."""
    if actual is None:
        yield Difference("function missing", name)
        return
    parts = {
        "its text": actual.source != expected.source,
        "SECURITY DEFINER": actual.security_definer != expected.security_definer,
        **dict.fromkeys(sorted(_settings_that_differ(expected, actual)), True),
    }
    if altered := [part for part, differs in parts.items() if differs]:
        yield Difference("function altered", name, ", ".join(altered))
    if actual.grantees:
        yield Difference("function executable", name, "by " + ", ".join(actual.grantees))


def _settings_that_differ(expected: Function, actual: Function) -> set[str]:
    return {setting.partition("=")[0] for setting in expected.settings ^ actual.settings}


def compare_triggers(
    expected: Mapping[str, tuple[Name | None, Shape]], actual: list[Trigger]
) -> Iterator[Difference]:
    """How the triggers of a table differ from those expected: what each calls, and its shape."""
    own = {trigger.name: trigger for trigger in actual if not trigger.is_cloned}
    for name, (function, shape) in expected.items():
        if name not in own:
            yield Difference("trigger missing", name)
        elif own[name].function != function:
            yield Difference("trigger altered", name, "calls " + ".".join(own[name].function))
        elif own[name].shape != shape:
            yield Difference("trigger altered", name, "its definition")
    for name in sorted(own.keys() - expected.keys()):
        yield Difference("trigger left over", name)
    for trigger in actual:
        yield from _compare_enabled(trigger)


def _compare_enabled(trigger: Trigger) -> Iterator[Difference]:
    where = f"on partition {trigger.table[1]}" if trigger.is_cloned else ""
    if trigger.enabled == catalog.ALWAYS:
        yield Difference("trigger altered", trigger.name, where or "ENABLE ALWAYS")
    elif trigger.enabled != catalog.ENABLED:
        yield Difference("trigger disabled", trigger.name, where)


def compare_columns(model: Model, table: Table) -> Iterator[Difference]:
    options = model._meta
    known = {bare_name(str(field.column)) for field in options.local_concrete_fields}
    for name in sorted(known - table.columns):
        yield Difference("column missing", name)
    # A model that only reads a table may leave columns out.
    for name in sorted(table.columns - known) if options.managed else ():
        yield Difference("column unknown", name, "not audited")
