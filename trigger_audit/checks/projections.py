"""Checks of the projections in one declaration."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.checks import CheckMessage, Error

from trigger_audit import declaration
from trigger_audit.checks.entries import shown
from trigger_audit.declaration import Audit, Model
from trigger_audit.projections import is_function_name


def check(model: Model, audit: Audit) -> Iterator[CheckMessage]:
    """They are functions, each named once, and every row that changes can be shown to them."""
    label = model._meta.label
    for name in dict.fromkeys(audit.projections):
        yield from _check_name(model, name)
        if audit.projections.count(name) > 1:
            yield Error(
                f"The audit of {label} names the projection {shown(name)} more than once.",
                hint="Name it once: it is called once for each statement.",
                obj=model,
                id="trigger_audit.E072",
            )
    if audit.projections:
        yield from _check_rows(model, audit)


def _check_name(model: Model, name: str) -> Iterator[CheckMessage]:
    if not is_function_name(name):
        yield Error(
            f"The audit of {model._meta.label} has the projection {shown(name)}, which names no"
            " function.",
            hint='Write "function" or "schema.function" as the catalog has it, of at most 63 bytes'
            " each, with neither quotes nor parentheses.",
            obj=model,
            id="trigger_audit.E071",
        )


def _check_rows(model: Model, audit: Audit) -> Iterator[CheckMessage]:
    label = model._meta.label
    if audit.level == "row":
        yield Error(
            f'The audit of {label} has projections, and level="row".',
            hint="Take one of them away: a projection gets the rows of whole statements, which come"
            " in the wrong order where the table's own row triggers write it again.",
            obj=model,
            id="trigger_audit.E073",
        )
    if not declaration.audited_fields(model, audit):
        yield Error(
            f"The audit of {label} has projections, and audits no column of the model's table.",
            hint="Audit a field of the model; a many-to-many field has a table of its own, whose"
            " projections an explicit through model declares.",
            obj=model,
            id="trigger_audit.E074",
        )
