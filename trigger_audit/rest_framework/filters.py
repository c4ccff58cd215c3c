"""The query parameters of a history."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request

from trigger_audit.declaration import field_names
from trigger_audit.exceptions import TriggerAuditError
from trigger_audit.models import AuditEvent


class AuditEventParameters(serializers.Serializer):
    """What may be asked for; anything else in its place is answered by 400."""

    since = serializers.DateTimeField(required=False, help_text="Events from then on.")
    until = serializers.DateTimeField(required=False, help_text="Events before then.")
    by = serializers.CharField(required=False, help_text="The user's primary key or name.")
    op = serializers.MultipleChoiceField(
        choices=AuditEvent.Operation.choices,
        required=False,
        help_text="What happened; may be repeated.",
    )
    changed = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text="Events that changed any of these fields; may be repeated.",
    )
    transaction = serializers.IntegerField(
        required=False, min_value=0, max_value=2**64 - 1, help_text="What one transaction did."
    )


TEXT = {"type": "string"}
MOMENT = {"type": "string", "format": "date-time"}
SCHEMAS: dict[str, dict[str, Any]] = {
    "since": MOMENT,
    "until": MOMENT,
    "by": TEXT,
    "op": {"type": "array", "items": {**TEXT, "enum": AuditEvent.Operation.values}},
    "changed": {"type": "array", "items": TEXT},
    "transaction": {"type": "integer"},
}
"""The parameters as OpenAPI says it."""


class AuditEventFilter(BaseFilterBackend):
    """Filters events by ``since``, ``until``, ``by``, ``op``, ``changed``, ``transaction``."""

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> QuerySet[AuditEvent]:
        parameters = AuditEventParameters(data=request.query_params)
        parameters.is_valid(raise_exception=True)
        given = parameters.validated_data
        if given.get("by"):
            queryset = queryset.by(given["by"])
        if given.get("changed"):
            queryset = _changed(queryset, given["changed"], view)
        found: QuerySet[AuditEvent] = queryset.filter(**_lookups(given))
        return found

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            {
                "name": name,
                "in": "query",
                "required": False,
                "description": str(field.help_text),
                "schema": SCHEMAS[name],
            }
            for name, field in AuditEventParameters().fields.items()
        ]


LOOKUPS = {"since": "at__gte", "until": "at__lt", "op": "op__in", "transaction": "txid"}


def _lookups(given: dict[str, Any]) -> dict[str, Any]:
    # Where nothing is chosen, choices are there all the same, and empty.
    values = {name: value for name, value in given.items() if name != "op" or value}
    return {lookup: values[name] for name, lookup in LOOKUPS.items() if name in values}


def _changed(queryset: Any, names: list[str], view: Any) -> Any:
    """A field that is hidden is refused like one that is not there: both say nothing of it."""
    is_shown = getattr(view, "shows_in_history", None)
    for name in names:
        if is_shown is not None and not all(map(is_shown, _spelled(queryset, name))):
            raise serializers.ValidationError({"changed": [f"There is no field '{name}'."]})
    try:
        return queryset.changed(*names)
    except TriggerAuditError as error:
        raise serializers.ValidationError({"changed": [str(error)]}) from error


def _spelled(queryset: Any, name: str) -> list[str]:
    """A field by its name, if it was called by that of its column, or by ``pk``."""
    model = getattr(queryset, "model_of_events", None)
    return [name] if model is None else field_names(model, name)
