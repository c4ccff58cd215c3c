"""``trigger_audit.as_of``: a model's rows, or one of them, as they were at a moment."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any, NoReturn, TypeVar, overload

from django.apps import apps
from django.db import router
from django.db.models import Model, QuerySet

from trigger_audit import declaration
from trigger_audit.exceptions import NotAudited, ReadOnlyPast, UnknownModel, UnsavedObject
from trigger_audit.keys import key_part
from trigger_audit.moments import moment_of
from trigger_audit.past import Past, PastQuery

M = TypeVar("M", bound=Model)


@overload
def as_of(subject: type[M], when: datetime) -> QuerySet[M]: ...
@overload
def as_of(subject: str, when: datetime) -> QuerySet[Any]: ...
@overload
def as_of(subject: M, when: datetime) -> M: ...
def as_of(subject: Any, when: datetime) -> Any:
    """A model's rows as they were, or the row of an object as it was.

    The queryset filters, orders and counts in the database, and refuses to write. It has the
    methods of the model's default manager, and none of its filters. What it joins is read as of
    the same moment; tables that are not audited are read as they are now.

    :param subject: a model, its ``"app_label.ModelName"``, or an object: the row that had its
        primary key then, in its database.
    :param when: an aware datetime that has passed. What was written at the moment itself counts.
    :returns: a queryset, or for an object an instance of its model.
    :raises InvalidMoment: for any other ``when``.
    :raises UnknownModel: if there is no such model.
    :raises NotAudited: if the rows of the model's table are not audited.
    :raises UnsavedObject: if the object has no primary key.
    :raises InvalidKey: if its primary key is none that the column can have.
    :raises Model.DoesNotExist: if there was no such row.
    """
    moment = moment_of(when)
    if not isinstance(subject, Model):
        return rows_as_of(model_of(subject), moment)
    if any(getattr(subject, key.attname) is None for key in subject._meta.pk_fields):
        raise UnsavedObject(subject._meta.label)
    return row_as_of(subject, moment)


def model_of(subject: Any) -> type[Model]:
    """The model that a class or a name means.

    :raises UnknownModel: if there is none.
    """
    if declaration.is_model(subject):
        return subject
    found = declaration.find_model(apps, subject)
    if found is None:
        raise UnknownModel(repr(subject))
    return found


def row_as_of(row: M, moment: datetime) -> M:
    """An object as it was."""
    model = type(row)
    alias = row._state.db or router.db_for_read(model, instance=row)
    rows = rows_as_of(model, moment).using(alias)
    for field in model._meta.pk_fields:
        key_part(row, field)
    try:
        found: M = rows.get(pk=row.pk)
    except model.DoesNotExist:
        told = f"There was no {model._meta.label} {row.pk!r} at {moment.isoformat()}."
        raise model.DoesNotExist(told) from None
    return found


def rows_as_of(model: type[M], moment: datetime) -> QuerySet[M]:
    """All rows of a model as they were.

    :raises NotAudited: if they are not recorded.
    """
    tables = recorded_tables()
    if model._meta.abstract or model._meta.db_table not in tables:
        raise NotAudited(model._meta.label)
    manager: Any = model._default_manager
    queryset = queryset_class(manager._queryset_class)
    found: QuerySet[M] = queryset(model, PastQuery(model, past=Past(moment, tables)))
    return found


def recorded_tables() -> frozenset[str]:
    """The ``db_table`` of each table whose rows are audited."""
    declared = list(declaration.audited(apps).values())
    own = {each.model for each in declared if declaration.audited_fields(each.model, each.audit)}
    links: set[Any] = {
        link.remote_field.through
        for each in declared
        for link in declaration.audited_many_to_many(each.model, each.audit)
    }
    return frozenset(each._meta.db_table for each in own | links)


class PastQuerySet(QuerySet[Any]):
    """Rows as they were: it reads, and all that writes is refused."""

    base: type[QuerySet[Any]] = QuerySet

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickled, (self.base,), self.__getstate__()

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise ReadOnlyPast(self.model._meta.label)

    create = _refuse
    get_or_create = _refuse
    update_or_create = _refuse
    bulk_create = _refuse
    bulk_update = _refuse
    update = _refuse
    delete = _refuse
    select_for_update = _refuse
    _update = _refuse
    _raw_delete = _refuse
    _insert = _refuse


@cache
def queryset_class(base: type[QuerySet[Any]]) -> type[PastQuerySet]:
    """A class of querysets that has the methods of another, and does not write."""
    name = f"Past{base.__name__}"
    return type(name, (PastQuerySet, base), {"base": base, "__module__": __name__})


def _unpickled(base: type[QuerySet[Any]]) -> PastQuerySet:
    return queryset_class(base)()
