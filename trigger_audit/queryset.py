"""The audit table as a queryset: events of a model, a row, a user, a transaction."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any, NoReturn

from django.db import models
from django.db.models import Q
from django.db.models.query import ModelIterable

from trigger_audit import exceptions, expressions, subjects
from trigger_audit.pages import Page

PAGE = 500
"""How many events at most share the queries for what they show."""


class EventIterable(ModelIterable):  # type: ignore[type-arg]  # No type at run time.
    """Events that know with which others they were read."""

    def __iter__(self) -> Iterator[Any]:
        events = super().__iter__()
        # No more than was asked for at a time stays in memory.
        size = min(self.chunk_size, PAGE) if self.chunked_fetch else PAGE
        while page := list(islice(events, size)):
            shared = Page(page)
            for event in page:
                event._page = shared
            yield from page


class AuditEventQuerySet(models.QuerySet[Any]):
    """Events, in the order in which they were written. It reads: all that writes is refused."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._iterable_class = EventIterable
        self.model_of_events: type[models.Model] | None = None

    def _clone(self) -> AuditEventQuerySet:
        clone: AuditEventQuerySet = super()._clone()  # type: ignore[misc]  # Not in the stubs.
        clone.model_of_events = self.model_of_events
        return clone

    def for_model(self, model: Any) -> AuditEventQuerySet:
        """The events of a model's table, under its former names too.

        Of a model with multi-table inheritance those of its own table, not of its parents'.

        :param model: the class, or its ``"app_label.ModelName"``.
        :raises UnknownModel: if there is no such model.
        :raises NotAudited: if the model is not audited.
        """
        found = subjects.audited_model(model)
        events = self._where(expressions.of_table(found._meta.db_table))
        events.model_of_events = found
        return events

    def for_object(self, row: models.Model, *, many_to_many: bool = True) -> AuditEventQuerySet:
        """The events of a row, by the primary key that it has now, and of its links.

        Includes its rows in the tables of parent models, and in its audited many-to-many tables.

        :param row: an instance; it need not be in the database any more.
        :param many_to_many: whether to include the links. No index finds them: all events of
            those tables are read.
        :raises NotAudited: if nothing of the model is audited.
        :raises UnsavedObject: if it has no primary key.
        :raises InvalidKey: if its primary key is none that the column can have.
        :raises UnknownModel: if it is no instance of a model.
        """
        events = self._where(subjects.events_of(row, many_to_many=many_to_many))
        events.model_of_events = type(row)._meta.concrete_model
        return events

    def changed(self, *fields: str) -> AuditEventQuerySet:
        """The UPDATEs that changed one of these fields.

        After :meth:`for_model` or :meth:`for_object` they are names of fields, and the former names
        of their columns count too; otherwise they are names of columns.

        :raises UnknownField: if the model has no such field.
        """
        if self.model_of_events is not None:
            return self._where(subjects.changes_of(self.model_of_events, fields))
        both = [spelled for name in fields for spelled in (name, f"{name}_id")]
        return self._where(expressions.changed(expressions.named_columns(*both)))

    def by(self, user: Any) -> AuditEventQuerySet:
        """The events whose context tells of a user.

        :param user: a user, its primary key, or a username. By key an index finds them.
        :raises UnsavedObject: for a user that has no primary key, such as an anonymous one.
        :raises InvalidKey: for None.
        """
        return self._where(subjects.writes_by(user))

    def between(self, start: datetime | None, end: datetime | None) -> AuditEventQuerySet:
        """The events from ``start`` on and before ``end``; None leaves a side open.

        :raises InvalidMoment: if one is naive where ``USE_TZ`` has datetimes be aware.
        """
        sides = {"at__gte": start, "at__lt": end}
        given = {name: subjects.moment(each) for name, each in sides.items() if each is not None}
        return self._where(Q(**given))

    def transaction(self, txid: int) -> AuditEventQuerySet:
        """What one transaction did: ``event.txid``."""
        return self._where(Q(txid=txid))

    def with_context(self, **values: Any) -> AuditEventQuerySet:
        """The events whose context has these values: ``with_context(request_id=…)``.

        :raises ContextNotSerializable: if no context can have one of them.
        """
        return self._where(Q(context__contains=subjects.encoded(values)))

    def _where(self, condition: Q) -> AuditEventQuerySet:
        found: AuditEventQuerySet = self.filter(condition)
        return found

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise exceptions.ReadOnly

    create = _refuse
    get_or_create = _refuse
    update_or_create = _refuse
    bulk_create = _refuse
    bulk_update = _refuse
    update = _refuse
    delete = _refuse
    _update = _refuse
    _raw_delete = _refuse
    _insert = _refuse
