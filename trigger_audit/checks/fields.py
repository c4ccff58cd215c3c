"""Checks of the fields that an audit names."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from django.apps.registry import Apps
from django.core.checks import CheckMessage, Error
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from trigger_audit import declaration
from trigger_audit.declaration import ALL, Audit, Model
from trigger_audit.sql import bare_name

POSITION = "!position"
"""What the capture function calls the number by which it pairs old and new rows."""

AGREEING_ROLES = {"fields": ("fields", "redact"), "exclude": ("exclude",), "redact": ("redact",)}
"""What the audit of a parent may make of a field that a child's audit names."""


def check(model: Model, audit: Audit, apps: Apps) -> Iterator[CheckMessage]:
    """Every name is that of a field that the audit of this model can have, in one role."""
    for argument, name in _named(audit):
        field = _find(model, name)
        if field is None:
            yield _unknown(model, argument, name)
        elif not _has_column(field, name):
            yield _without_column(model, argument, name, field)
        elif _has_explicit_through(field) and argument != "exclude":
            yield _explicit_through(model, argument, field)
        elif field.model._meta.concrete_model is not model:
            yield from _check_inherited(model, argument, field, apps)
    yield from _check_columns(model)
    yield from _check_unmanaged_links(model, audit)
    yield from _check_roles(model, audit)


def _named(audit: Audit) -> Iterator[tuple[str, str]]:
    for argument in ("fields", "exclude", "redact"):
        names = getattr(audit, argument)
        if names != ALL:
            for name in sorted(names):
                yield argument, name


def _find(model: Model, name: str) -> Any:
    try:
        return model._meta.pk if name == "pk" else model._meta.get_field(name)
    except FieldDoesNotExist:
        return None


def _has_column(field: Any, name: str) -> bool:
    is_many_to_many = isinstance(field, models.ManyToManyField)
    return name == "pk" or is_many_to_many or declaration.is_column(field)


def _has_explicit_through(field: Any) -> bool:
    is_many_to_many = isinstance(field, models.ManyToManyField)
    return is_many_to_many and not field.remote_field.through._meta.auto_created


def _unknown(model: Model, argument: str, name: str) -> CheckMessage:
    known = sorted(
        field.name
        for field in (*filter(declaration.is_column, model._meta.fields), *model._meta.many_to_many)
    )
    similar = get_close_matches(name, known)
    return Error(
        f"The audit of {model._meta.label} names in {argument} the field '{name}',"
        " which the model does not have.",
        hint=f"Did you mean {' or '.join(map(repr, similar))}?"
        if similar
        else f"It has {', '.join(map(repr, known))}.",
        obj=model,
        id="trigger_audit.E005",
    )


def _without_column(model: Model, argument: str, name: str, field: Any) -> CheckMessage:
    return Error(
        f"The audit of {model._meta.label} names in {argument} the field '{name}', which is"
        " neither a stored column of its table nor a many-to-many field.",
        hint=_remedy_without_column(field, argument),
        obj=model,
        id="trigger_audit.E006",
    )


def _remedy_without_column(field: Any, argument: str) -> str:
    related = getattr(field, "related_model", None)
    if (field.one_to_many or field.auto_created) and declaration.is_model(related):
        return f"Audit {related._meta.label}, whose table has the column, and leave the name out."
    columns = [getattr(field, name, None) for name in ("ct_field", "fk_field")]
    if all(columns):
        return f"Name '{columns[0]}' and '{columns[1]}', its columns, in {argument}."
    return f"Leave it out of {argument}."


def _explicit_through(model: Model, argument: str, field: Any) -> CheckMessage:
    through = field.remote_field.through._meta.label
    return Error(
        f"The audit of {model._meta.label} names in {argument} the field '{field.name}', whose"
        f" links are rows of a model of its own, {through}.",
        hint=f"Audit {through}, and leave '{field.name}' out of {argument} here.",
        obj=model,
        id="trigger_audit.E009",
    )


def _check_columns(model: Model) -> Iterator[CheckMessage]:
    for field in model._meta.local_concrete_fields:
        name = bare_name(field.column or "")
        if name == POSITION or "$body$" in name or len(name.splitlines()) > 1:
            yield Error(
                f"The column {name!r} of {model._meta.label}.{field.name} has a name that the"
                " capture function cannot bear.",
                hint=f'Give it another one, by db_column: "{POSITION}", names with "$body$" and'
                " names of several lines do not go.",
                obj=model,
                id="trigger_audit.E025",
            )


def _check_unmanaged_links(model: Model, audit: Audit) -> Iterator[CheckMessage]:
    for field in () if model._meta.managed else model._meta.local_many_to_many:
        if declaration.is_chosen(field, model, audit) and not _has_explicit_through(field):
            yield Error(
                f"The model {model._meta.label} is unmanaged, and its audit has the many-to-many"
                f" field '{field.name}', which migrations do not know then.",
                hint=f"Exclude '{field.name}', and audit a model of its links: name one in through,"
                " unmanaged as well.",
                obj=model,
                id="trigger_audit.E024",
            )


def _check_inherited(model: Model, argument: str, field: Any, apps: Apps) -> Iterator[CheckMessage]:
    parent = field.model._meta.concrete_model
    declared = declaration.audited(apps).get(parent)
    role = _role(parent, declared.audit, field) if declared else "exclude"
    # The Meta of an abstract base reaches the grandchildren too, and is right for them.
    if role not in AGREEING_ROLES[argument]:
        yield Error(
            f"The audit of {model._meta.label} names in {argument} the field '{field.name}',"
            f" a column of {parent._meta.label}, whose own audit does not say so.",
            hint=f"Each table has its own audit: name it in {argument} where"
            f" {parent._meta.label} is declared, and leave it out here.",
            obj=model,
            id="trigger_audit.E010",
        )


def _role(model: Model, audit: Audit, field: Any) -> str:
    audited = (
        *declaration.audited_fields(model, audit),
        *declaration.audited_many_to_many(model, audit),
    )
    if field not in audited:
        return "exclude"
    return "redact" if field.name in declaration.redacted_names(model, audit) else "fields"


def _check_roles(model: Model, audit: Audit) -> Iterator[CheckMessage]:
    excluded, redacted = (
        {field for name in names for field in declaration.field_names(model, name)}
        for names in (audit.exclude, audit.redact)
    )
    for name in sorted(excluded & redacted):
        yield Error(
            f"The audit of {model._meta.label} both excludes and redacts the field '{name}'.",
            hint="Exclude it to keep nothing of it, redact it to keep that it changed.",
            obj=model,
            id="trigger_audit.E007",
        )
    keys = {field.name for field in model._meta.pk_fields}
    for name in sorted(keys & (excluded | redacted)):
        yield Error(
            f"The audit of {model._meta.label} hides the primary key field '{name}'.",
            hint="Leave it out of exclude and redact: events tell rows apart by it.",
            obj=model,
            id="trigger_audit.E008",
        )
