"""What a history is asked about: a model, a row, a field, a user, a moment."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Field, Model, Q
from django.db.models.fields.json import KT
from django.db.models.lookups import Exact
from django.utils import timezone

from trigger_audit import declaration, exceptions, expressions
from trigger_audit.keys import key_part
from trigger_audit.sql import bare_name


def audited_model(model: Any) -> type[Model]:
    """The concrete model that a class or an ``"app_label.ModelName"`` means.

    :raises UnknownModel: if there is none.
    :raises NotAudited: if it is not audited.
    """
    if not isinstance(model, str) and not declaration.is_model(model):
        raise exceptions.UnknownModel(repr(model))
    found = declaration.find_model(apps, model) if isinstance(model, str) else model
    if found is None:
        raise exceptions.UnknownModel(repr(model))
    concrete: type[Model] = found._meta.concrete_model or found
    if not is_audited(concrete):
        raise exceptions.NotAudited(concrete._meta.label)
    return concrete


def is_audited(model: type[Model]) -> bool:
    """Whether the table of a model is, by itself or as that of a many-to-many field."""
    owner: Any = model._meta.auto_created
    if not owner:
        return model in declaration.audited(apps)
    return model in {link.remote_field.through for link in audited_links(owner)}


def audited_links(model: type[Model]) -> list[Any]:
    """The many-to-many fields of a model whose tables are audited."""
    declared = declaration.audited(apps)
    links: Iterable[Any] = model._meta.local_many_to_many
    made = (
        declaration.audited_many_to_many(model, declared[model].audit) if model in declared else []
    )
    return [link for link in links if link in made or link.remote_field.through in declared]


def events_of(row: Any, *, many_to_many: bool) -> Q:
    """The events of a row, of what it inherits and of its links."""
    if not declaration.is_model(type(row)):
        raise exceptions.UnknownModel(f"{row!r} is no object of one")
    model = type(row)._meta.concrete_model or type(row)
    chain = [model, *model._meta.all_parents]
    if not any(is_audited(each) or audited_links(each) for each in chain):
        raise exceptions.NotAudited(model._meta.label)
    if not row._is_pk_set():
        raise exceptions.UnsavedObject(model._meta.label)
    found = Q(pk__in=[])
    for each in filter(is_audited, chain):
        found |= expressions.of_row(each._meta.db_table, _key(row, each._meta.pk_fields))
    if many_to_many:
        for link in (link for each in chain for link in audited_links(each)):
            found |= _links_of(row, link)
    return found


def _links_of(row: Any, link: Any) -> Q:
    through = link.remote_field.through
    reference = through._meta.get_field(link.m2m_field_name())
    target = reference.target_field
    key = expressions.reference_text(target, key_part(row, target))
    return expressions.of_link(through._meta.db_table, bare_name(reference.column), key)


def _key(row: Model, fields: Iterable[Any]) -> Any:
    fields = list(fields)
    return expressions.key_text(fields, [key_part(row, field) for field in fields])


def changes_of(model: type[Model], names: Iterable[str]) -> Q:
    """The updates of a model's table, or its parents', that changed one of these fields.

    :raises UnknownField: if one is no column, or of a table that is not audited.
    """
    found = Q(pk__in=[])
    for field in (each for name in names for each in _columns(model, name)):
        db_table = field.model._meta.db_table
        past = expressions.past_columns(db_table, bare_name(str(field.column)))
        found |= expressions.of_table(db_table) & expressions.changed(past)
    return found


def _columns(model: type[Model], name: str) -> Iterator[Field[Any, Any]]:
    if name == "pk":
        yield from model._meta.pk_fields
        return
    try:
        field: Any = model._meta.get_field(name)
    except (FieldDoesNotExist, TypeError) as error:
        raise exceptions.UnknownField(f"{model._meta.label}.{name}") from error
    owner = getattr(field, "model", None)
    if not getattr(field, "concrete", False) or field.many_to_many:
        raise exceptions.UnknownField(f"{model._meta.label}.{name}")
    declared = declaration.audited(apps).get(owner)  # type: ignore[arg-type]
    if declared and field not in declaration.audited_fields(declared.model, declared.audit):
        raise exceptions.UnknownField(f"{model._meta.label}.{name} is not audited")
    yield field


def writes_by(user: Any) -> Q:
    """The events whose context tells of a user: an instance, a primary key or a username."""
    if user is None:
        raise exceptions.InvalidKey("None of a user")
    if hasattr(user, "pk"):
        if user.pk is None:
            raise exceptions.UnsavedObject(type(user).__name__)
        return _told("user", user.pk)
    if isinstance(user, str) and not _is_key(user):
        return _told("user", user) | _told("username", user)
    return _told("user", user)


def _told(key: str, value: Any) -> Q:
    """By the very expression that the index of users has."""
    (text,) = encoded({"": value}).values()
    return Q(Exact(KT(f"context__{key}"), str(text)))


def _is_key(text: str) -> bool:
    try:
        get_user_model()._meta.pk.to_python(text)
    except (ValidationError, ValueError, TypeError):
        return False
    return get_user_model()._meta.pk.get_internal_type() not in {"CharField", "TextField"}


def encoded(values: dict[str, Any]) -> dict[str, Any]:
    """Values as a context has them, in JSON."""
    plain = {
        name: value.pk if isinstance(value, Model) else value for name, value in values.items()
    }
    try:
        decoded: dict[str, Any] = json.loads(json.dumps(plain, cls=DjangoJSONEncoder))
    except (TypeError, ValueError) as error:
        raise exceptions.ContextNotSerializable(str(error)) from error
    return decoded


def moment(when: datetime) -> datetime:
    """``when``, as the settings have datetimes be.

    :raises InvalidMoment: if it is no datetime, or a naive one under ``USE_TZ``.
    """
    if not isinstance(when, datetime):
        raise exceptions.InvalidMoment(f"{when!r} is no datetime")
    if settings.USE_TZ and timezone.is_naive(when):
        raise exceptions.InvalidMoment(f"{when!r} is naive; use django.utils.timezone.make_aware")
    return when
