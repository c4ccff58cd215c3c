"""Checks of the models and the fields that a subscription follows, and of their database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage
from django.core.exceptions import FieldDoesNotExist
from django.db import connections, models, router

from trigger_audit import declaration
from trigger_audit.checks.entries import shown
from trigger_audit.checks.subscription_options import error, warning
from trigger_audit.declaration import Model
from trigger_audit.subscription import BACKFILL, Subscription


def check(subscription: Subscription) -> Iterator[CheckMessage]:
    """All models are audited, in one database, and have the fields."""
    if not subscription.models:
        hint = "Name audited models first: subscribe(Book, ...)."
        yield error(subscription, "names no model", hint, "trigger_audit.E042")
    found: list[Model] = []
    for each in subscription.models:
        model = declaration.find_model(apps, each)
        if model is None or model._meta.swapped:
            yield _unknown(subscription, each, model)
        elif model._meta.concrete_model in [known._meta.concrete_model for known in found]:
            what = f"names the table of {model._meta.label} twice"
            yield error(
                subscription,
                what,
                "Name each model once, without its proxies.",
                "trigger_audit.E053",
            )
        else:
            found.append(model)
            yield from _check_audit(subscription, model)
    yield from _check_fields(subscription, found)
    yield from _check_database(subscription, found)


def _unknown(subscription: Subscription, named: Any, found: Model | None) -> CheckMessage:
    label = named._meta.label if declaration.is_model(named) else shown(named)
    if found is not None:
        hint = f'Name "{found._meta.swapped}", which is used in its place.'
    elif declaration.is_model(named):
        hint = "Name the models that inherit from it: it is abstract and has no table."
    elif declaration.is_model(through := getattr(named, "through", None)):
        label = f"{named.field.model._meta.label}.{named.field.name}"
        hint = f"Its links are rows of a table of their own: name {through._meta.label}."
    else:
        hint = _similar(label.strip("'")) or 'Name it "app_label.ModelName".'
    what = f"names {label}, which is no model of an installed app"
    return error(subscription, what, hint, "trigger_audit.E043")


def _similar(label: str) -> str:
    labels = {model._meta.label_lower: model._meta.label for model in apps.get_models()}
    similar = get_close_matches(label.lower(), labels)
    return f"Did you mean {' or '.join(labels[each] for each in similar)}?" if similar else ""


def audited_fields(model: Model) -> list[models.Field[Any, Any]]:
    """The fields that events of a model, or of the links of a many-to-many field, show."""
    concrete: Any = model._meta.concrete_model
    owner: Any = concrete._meta.auto_created or concrete
    declared = declaration.audited(apps).get(owner)
    if declared is None:
        return []
    if owner is concrete:
        return declaration.audited_fields(concrete, declared.audit)
    relations = declaration.audited_many_to_many(owner, declared.audit)
    is_audited = concrete in [each.remote_field.through for each in relations]
    return list(concrete._meta.local_concrete_fields) if is_audited else []


def _check_audit(subscription: Subscription, model: Model) -> Iterator[CheckMessage]:
    if not audited_fields(model):
        owner: Any = model._meta.auto_created or model
        what = f"names {model._meta.label}, which is not audited: it has no events"
        hint = f"Declare it in Meta.audit of {owner._meta.label}, or by trigger_audit.register."
        yield error(subscription, what, hint, "trigger_audit.E044")
        return
    declared = declaration.audited(apps).get(model._meta.concrete_model or model)
    if declared and declared.audit.condition is not None and subscription.start == BACKFILL:
        yield warning(
            subscription,
            f"starts with the rows of {model._meta.label}, whose audit has a condition: no event"
            " tells when a row does not meet it any more, or is gone",
            "Audit it without the condition, and let the handler choose; or, if old rows may stay,"
            " add trigger_audit.W012 to SILENCED_SYSTEM_CHECKS.",
            "trigger_audit.W012",
        )


def _check_fields(subscription: Subscription, found: Sequence[Model]) -> Iterator[CheckMessage]:
    names: Any = subscription.fields
    if names is None:
        return
    if not declaration.is_names(names) or not names:
        hint = "fields is a list of field names; leave it out for all."
        yield error(subscription, f"has fields={shown(names)}", hint, "trigger_audit.E046")
        return
    for model in found:
        for name in sorted(names):
            yield from _check_field(subscription, model, name)
    if declaration.is_names(subscription.operations) and "UPDATE" not in subscription.operations:
        yield warning(
            subscription,
            "has fields and leaves UPDATE out of operations, which is all that they are for",
            "Leave the fields out, or add UPDATE.",
            "trigger_audit.W011",
        )


def _check_field(subscription: Subscription, model: Model, name: str) -> Iterator[CheckMessage]:
    label = model._meta.label
    audited = {field.name for field in audited_fields(model)}
    meant = set(declaration.field_names(model, name))
    concrete: Any = model._meta.concrete_model
    columns = filter(declaration.is_column, concrete._meta.local_concrete_fields)
    if not meant <= {field.name for field in columns}:
        what = f"names the field '{name}', which is no column of the table of {label}"
        yield error(subscription, what, _remedy(model, name), "trigger_audit.E045")
    elif audited and not meant <= audited:
        what = f"names the field '{name}' of {label}, which is not audited: it never changes"
        hint = f"Audit '{name}', or leave it out of fields."
        yield error(subscription, what, hint, "trigger_audit.E047")


def _remedy(model: Model, name: str) -> str:
    try:
        field: Any = model._meta.get_field(name)
    except FieldDoesNotExist:
        known = [field.name for field in audited_fields(model)]
        similar = get_close_matches(name, known)
        if similar:
            return f"Did you mean {' or '.join(map(repr, similar))}?"
        shown_known = ", ".join(map(repr, known))
        return f"Each model that is named must have it; {model._meta.label} has {shown_known}."
    if isinstance(field, models.ManyToManyField):
        through: Any = field.remote_field.through
        return f"Subscribe to {through._meta.label}, the table of its links, and leave it out here."
    if field.concrete and declaration.is_column(field):
        return f"Subscribe to {field.model._meta.label}, whose table has it, and leave it out here."
    return "Leave it out: no event tells of it."


def _check_database(subscription: Subscription, found: Sequence[Model]) -> Iterator[CheckMessage]:
    using: Any = subscription.using
    aliases = {model: using or router.db_for_write(model) for model in found}
    if using is not None and (not isinstance(using, str) or using not in connections):
        hint = f"DATABASES has {', '.join(map(repr, connections))}."
        yield error(
            subscription,
            f"has using={shown(using)}, which is no database",
            hint,
            "trigger_audit.E054",
        )
    elif len(set(aliases.values())) > 1:
        places = ", ".join(f"{model._meta.label} in '{aliases[model]}'" for model in found)
        hint = "Subscribe for each database by itself, or name one in using."
        yield error(
            subscription, f"has models of several databases: {places}", hint, "trigger_audit.E054"
        )
    elif found:
        yield from _check_alias(subscription, found, aliases[found[0]])


def _check_alias(
    subscription: Subscription, found: Sequence[Model], alias: str
) -> Iterator[CheckMessage]:
    if connections[alias].vendor != "postgresql":
        hint = "Name, in using, the PostgreSQL database that has the tables."
        yield error(
            subscription, f"is of '{alias}', which is not PostgreSQL", hint, "trigger_audit.E054"
        )
    for model in found:
        places = [each for each in connections if router.allow_migrate_model(each, model)]
        # Routers of tenants may allow it nowhere, as long as no tenant is chosen.
        if places and alias not in places:
            what = f"is of '{alias}', where the database routers do not allow {model._meta.label}"
            hint = f"Name another one in using: {' or '.join(map(repr, places))}."
            yield error(subscription, what, hint, "trigger_audit.E054")
