"""An event as an API tells it: who, when, what, and each change."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from trigger_audit.models import AuditEvent
from trigger_audit.rest_framework.values import plain


class PlainField(serializers.Field):
    """A value of any field of any model."""

    def to_representation(self, value: Any) -> Any:
        return plain(value)


class AuditChangeSerializer(serializers.Serializer):
    """One field: its value before and after, and how a reader is shown them."""

    field = serializers.CharField()
    verbose_name = serializers.CharField()
    old = PlainField()
    new = PlainField()
    old_display = PlainField()
    new_display = PlainField()


class AuditEventSerializer(serializers.Serializer):
    """One event; the view in its context says what is hidden."""

    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    op = serializers.ChoiceField(choices=AuditEvent.Operation.choices)
    model = serializers.SerializerMethodField()
    object_id = serializers.CharField(allow_null=True)
    transaction = serializers.IntegerField(source="txid")
    user = serializers.SerializerMethodField()
    username = serializers.SerializerMethodField()
    context = serializers.SerializerMethodField()
    changes = serializers.SerializerMethodField()

    def get_model(self, event: AuditEvent) -> str | None:
        model = event.model
        return model._meta.label if model else None

    def get_user(self, event: AuditEvent) -> str | None:
        """The primary key of who was authenticated, as text."""
        user = _told(event).get("user")
        return None if user is None else str(user)

    def get_username(self, event: AuditEvent) -> str | None:
        username = _told(event).get("username")
        return None if username is None else str(username)

    def get_context(self, event: AuditEvent) -> dict[str, Any]:
        """What else was told, as far as the view lets it be seen."""
        shown = getattr(self.context.get("view"), "history_context", ())
        return {key: plain(value) for key, value in _told(event).items() if key in shown}

    def get_changes(self, event: AuditEvent) -> list[dict[str, Any]]:
        is_shown = getattr(self.context.get("view"), "shows_change_in_history", None)
        shown = [each for each in event.changes if is_shown is None or is_shown(event, each.field)]
        found: list[dict[str, Any]] = AuditChangeSerializer(shown, many=True).data
        return found


def _told(event: AuditEvent) -> dict[str, Any]:
    return event.context if isinstance(event.context, dict) else {}
