"""Which events an operator means: a model's, a row's, somebody's, of some days."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from django.apps import apps
from django.core.management.base import CommandError
from django.db.models import Model, QuerySet

from trigger_audit.declaration import audited, find_model
from trigger_audit.exceptions import TriggerAuditError
from trigger_audit.keys import row_of_key
from trigger_audit.models import AuditEvent


def select(using: str, options: dict[str, Any]) -> QuerySet[AuditEvent]:
    """The events that the options of ``audit log`` mean.

    :raises CommandError: with the remedy.
    """
    try:
        events: Any = _of(using, options["model"], options["key"])
        if options["by"] is not None:
            events = events.by(options["by"])
    except TriggerAuditError as error:
        raise CommandError(str(error)) from error
    filters = {"at__gte": options["since"], "at__lt": options["until"], "txid": options["txid"]}
    found: QuerySet[AuditEvent] = events.filter(
        **{name: each for name, each in filters.items() if each is not None}
    )
    return found


def _of(using: str, label: str | None, key: str | None) -> Any:
    events: Any = AuditEvent.objects.using(using)
    if label is None:
        return events
    model = _model(label)
    return (
        events.for_model(model) if key is None else events.for_object(row_of_key(model, key, using))
    )


def _model(label: str) -> type[Model]:
    found = find_model(apps, label)
    if found is None:
        known = [model._meta.label for model in audited(apps)]
        close = get_close_matches(label, known, n=1) or known[:1] or ["app_label.ModelName"]
        raise CommandError(f"There is no model '{label}'. Name one as in '{close[0]}'.")
    return found
