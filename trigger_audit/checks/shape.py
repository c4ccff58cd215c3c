"""Checks of the types and the choices in one declaration."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error

from trigger_audit import declaration
from trigger_audit.checks.entries import Entry, shown
from trigger_audit.declaration import Audit

IMAGES = ("full", "changes")
LEVELS = ("statement", "row")


def check(entry: Entry) -> Iterator[CheckMessage]:
    """The value is one that ``Meta.audit`` takes, and so are the arguments of an ``Audit``."""
    if isinstance(entry.value, Audit):
        yield from _check_names(entry, entry.value)
        yield from _check_choice(entry, "images", entry.value.images, IMAGES, "trigger_audit.E003")
        yield from _check_choice(entry, "level", entry.value.level, LEVELS, "trigger_audit.E004")
        yield from _check_view(entry, entry.value.view)
        yield from _check_projections(entry, entry.value.projections)
    elif entry.audit is None:
        yield Error(
            f"The audit of {entry.label} is {shown(entry.value)}.",
            hint=_hint_for(entry.value),
            obj=entry.declared_on,
            id="trigger_audit.E001",
        )


def _hint_for(value: Any) -> str:
    if isinstance(value, str):
        return f'Write ["{value}"] for one field, "__all__" for all of them.'
    return (
        'It is "__all__", a list of field names or trigger_audit.Audit(...);'
        " None switches an inherited audit off."
    )


def _check_names(entry: Entry, audit: Audit) -> Iterator[CheckMessage]:
    right = {
        "fields": declaration.is_all_or_names(audit.fields),
        "exclude": declaration.is_names(audit.exclude),
        "redact": declaration.is_names(audit.redact),
    }
    for argument in (name for name, is_right in right.items() if not is_right):
        value = getattr(audit, argument)
        yield Error(
            f"The audit of {entry.label} has {argument}={shown(value)}.",
            hint=f"{argument} is a list of field names"
            + (' or "__all__".' if argument == "fields" else "."),
            obj=entry.declared_on,
            id="trigger_audit.E002",
        )


def _check_view(entry: Entry, value: Any) -> Iterator[CheckMessage]:
    if not isinstance(value, bool):
        yield Error(
            f"The audit of {entry.label} has view={shown(value)}.",
            hint="view is True or False; the view is named after the table.",
            obj=entry.declared_on,
            id="trigger_audit.E035",
        )


def _check_projections(entry: Entry, value: Any) -> Iterator[CheckMessage]:
    if not declaration.is_ordered_names(value):
        yield Error(
            f"The audit of {entry.label} has projections={shown(value)}.",
            hint="projections is a list of names of functions, which are called in its order.",
            obj=entry.declared_on,
            id="trigger_audit.E070",
        )


def _check_choice(
    entry: Entry, argument: str, value: Any, choices: tuple[str, ...], id_: str
) -> Iterator[CheckMessage]:
    if not isinstance(value, str) or value not in choices:
        known = " or ".join(f'"{choice}"' for choice in choices)
        yield Error(
            f"The audit of {entry.label} has {argument}={shown(value)}.",
            hint=f"{argument} is {known}.",
            obj=entry.declared_on,
            id=id_,
        )
