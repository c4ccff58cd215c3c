"""``audit = AuditHistory()``: the history of a model, and of each object, as its attribute."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import router
from django.db.models import Model

from trigger_audit.point_in_time import as_of
from trigger_audit.queryset import AuditEventQuerySet


class AuditHistory:
    """The events of a model, or of an object, as an attribute of its class.

    ``audit = trigger_audit.AuditHistory()`` makes ``Book.audit`` the events of the model and
    ``book.audit`` those of the object, in its database, both with an :meth:`~History.as_of`. A
    model that inherits it, from an abstract one too, has its own history.

    It records nothing: what is audited says ``Meta.audit``.
    """

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self.name = name

    def __get__(self, instance: Model | None, owner: type[Model]) -> History:
        """The history as it is when it is read.

        :raises AttributeError: for an abstract model, as a manager does.
        :raises NotAudited: if the model is not audited.
        :raises UnsavedObject: if the object has no primary key.
        """
        if owner._meta.abstract:
            message = (
                f"{self.name} is not there: {owner.__name__} is abstract, its children have it."
            )
            raise AttributeError(message)
        return history_of(owner if instance is None else instance)


class History(AuditEventQuerySet):
    """The events of a model, or of an object."""

    subject: Any = None

    def _clone(self) -> History:
        copied: Any = super()._clone()
        clone: History = copied
        clone.subject = self.subject
        return clone

    def as_of(self, when: datetime) -> Any:
        """The model's rows, or the object, as they were: see :func:`trigger_audit.as_of`.

        Of the events that a filter chose it takes no notice.
        """
        past = as_of(self.subject, when)
        return past if isinstance(self.subject, Model) else past.using(self.db)


def history_of(subject: Any) -> History:
    """The events of a model, or of an object."""
    if isinstance(subject, Model):
        alias = subject._state.db or router.db_for_read(type(subject), instance=subject)
        found: Any = _events(alias).for_object(subject)
    else:
        found = _events(router.db_for_read(subject)).for_model(subject)
    history: History = found
    history.subject = subject
    return history


def _events(using: str) -> History:
    return History(apps.get_model("trigger_audit", "AuditEvent"), using=using)
