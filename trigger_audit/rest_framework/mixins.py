"""A viewset's ``history`` action."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import Model, QuerySet
from django.http import Http404
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from trigger_audit.exceptions import InvalidKey
from trigger_audit.expressions import of_table
from trigger_audit.instances import instance
from trigger_audit.keys import row_of_key
from trigger_audit.models import AuditEvent
from trigger_audit.rest_framework.filters import AuditEventFilter
from trigger_audit.rest_framework.pagination import AuditHistoryPagination
from trigger_audit.rest_framework.serializers import AuditEventSerializer
from trigger_audit.subjects import is_audited

HISTORY = "history"


class AuditHistoryMixin:
    """Adds ``/books/42/history/`` to a viewset, the newest event first.

    Comes before the viewset among the bases. Whoever may retrieve the object may read its history,
    as far as these attributes let them:

    - ``history_fields``: names of the fields that are shown, None for all audited ones
    - ``history_exclude``: names of fields that are hidden
    - ``history_context``: keys of the context that are shown besides the user
    - ``history_permission_classes``: permissions that are needed besides those of the view
    - ``history_of_deleted``: whether objects that are gone have a history; False
    """

    history_fields: Collection[str] | None = None
    history_exclude: Collection[str] = ()
    history_context: Collection[str] = ()
    history_permission_classes: Collection[type] = ()
    history_of_deleted = False
    history_filter_class: type = AuditEventFilter
    history_pagination_class: type = AuditHistoryPagination
    history_serializer_class: type = AuditEventSerializer

    _links: Collection[type[Model]] = ()

    @action(detail=True, methods=["get"], url_path=HISTORY, url_name=HISTORY)
    def history(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Who changed this object, when and how."""
        view: Any = self
        events = self.history_filter_class().filter_queryset(request, self.get_history(), self)
        serializer = self.history_serializer_class(
            view.paginate_queryset(events), many=True, context=view.get_serializer_context()
        )
        return view.get_paginated_response(serializer.data)

    def get_history(self) -> QuerySet[AuditEvent]:
        """The events of the object, before the request's filters."""
        row = self.get_history_object()
        objects: Any = AuditEvent.objects.using(row._state.db)
        links: Any = type(row)._meta.many_to_many
        self._links = {link.remote_field.through for link in links}
        hidden = [link for link in links if not self.shows_in_history(link.name)]
        # Links are found by reading all of them: none is, if none is shown.
        events = objects.for_object(row, many_to_many=len(hidden) < len(links))
        for link in hidden:
            events = events.exclude(of_table(link.remote_field.through._meta.db_table))
        found: QuerySet[AuditEvent] = events.order_by("-id")
        return found

    def get_history_object(self) -> Model:
        """The object of the request, or a deleted one as it last was; permissions are checked."""
        view: Any = self
        try:
            found: Model = view.get_object()
        except Http404:
            if not self.history_of_deleted:
                raise
            found = self.get_deleted_object()
            view.check_object_permissions(view.request, found)
        return found

    def get_deleted_object(self) -> Model:
        """The deleted object of the request as it last was.

        :raises Http404: if there was none, or if it is there and the view does not show it.
        """
        view: Any = self
        model = view.get_queryset().model
        if view.lookup_field not in {"pk", model._meta.pk.name}:
            raise Http404
        row = self._row(model)
        if model._base_manager.using(row._state.db).filter(pk=row.pk).exists():
            raise Http404
        return _as_it_last_was(row)

    def _row(self, model: type[Model]) -> Model:
        view: Any = self
        key = view.kwargs[view.lookup_url_kwarg or view.lookup_field]
        try:
            return row_of_key(model, key, view.get_queryset().db)
        except InvalidKey as error:
            raise Http404 from error

    def shows_in_history(self, name: str) -> bool:
        """Whether the history may tell of a field."""
        listed = self.history_fields is None or name in self.history_fields
        return listed and name not in self.history_exclude

    def shows_change_in_history(self, event: AuditEvent, name: str) -> bool:
        """Whether the history may tell of a field of an event, which may be one of a link."""
        if event.model in self._links:
            # Its fields are none of the object's. Of a hidden many-to-many there are no events.
            return name not in self.history_exclude
        return self.shows_in_history(name)

    @property
    def paginator(self) -> Any:
        """The history's own: another's may order by what events do not have."""
        view: Any = self
        if view.action == HISTORY and not hasattr(self, "_paginator"):
            self._paginator = self.history_pagination_class()
        return super().paginator  # type: ignore[misc]  # Of the viewset.

    def get_permissions(self) -> list[Any]:
        view: Any = self
        permissions: list[Any] = super().get_permissions()  # type: ignore[misc]  # Of the viewset.
        if view.action != HISTORY:
            return permissions
        return [*permissions, *(permission() for permission in self.history_permission_classes)]

    def get_serializer_class(self) -> Any:
        """For schemas: what the view itself returns for its other actions does not describe it."""
        view: Any = self
        if view.action == HISTORY:
            return self.history_serializer_class
        return super().get_serializer_class()  # type: ignore[misc]  # Of the viewset.


def _as_it_last_was(row: Model) -> Model:
    """A row that is gone, by the last event in each of its tables.

    :raises Http404: if there is no event of it.
    """
    model: Any = type(row)
    tables = [each for each in (model, *model._meta.all_parents) if is_audited(_concrete(each))]
    objects: Any = AuditEvent.objects.using(row._state.db)
    events = objects.for_object(row, many_to_many=False)
    lasts = [events.for_model(each).order_by("-id").first() for each in tables]
    if not any(lasts):
        raise Http404
    whole = instance(model, {}, str(row._state.db), {})
    for last in filter(None, lasts):
        # A row's last event is its deletion, unless a TRUNCATE took it.
        image = last.before if last.op == AuditEvent.Operation.DELETE else last.after
        names = {field.attname for field in last.model._meta.local_concrete_fields}
        whole.__dict__.update((name, vars(image)[name]) for name in names & vars(image).keys())
    # Where the key is no audited field, no image has it.
    whole.pk = row.pk
    return whole


def _concrete(model: Any) -> type[Model]:
    concrete: type[Model] = model._meta.concrete_model
    return concrete
