"""Events as an operator reads them: a line for what happened, one for each change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.management.base import OutputWrapper
from django.core.management.color import Style
from django.utils import timezone

from trigger_audit.models import AuditEvent

LONGEST = 200
"""Of a value in a list of events, in characters; ``audit show`` has all of it."""

INDENT = "    "

WHO = ("username", "user")
"""The keys of the context that name somebody, the best one first."""

Operation = AuditEvent.Operation

IMAGES = {Operation.SNAPSHOT, Operation.RENAME}
"""The operations that change no row, whose images are shown as they are."""


class Timeline:
    """Writes events, coloured as Django's own commands are.

    :param longest: how much of a value is shown, None for all.
    """

    def __init__(
        self, stdout: OutputWrapper, style: Style, *, longest: int | None = LONGEST
    ) -> None:
        self.stdout = stdout
        self.style = style
        self.longest = longest

    def write(self, pages: Iterable[list[AuditEvent]]) -> None:
        """All events of all pages."""
        for page in pages:
            for event in page:
                self.write_event(event)

    def write_event(self, event: AuditEvent) -> None:
        self.stdout.write(self.heading(event))
        self.write_changes(event)
        why = [
            f"{printable(key)}={self._text(value)}"
            for key, value in told(event).items()
            if key not in WHO
        ]
        if why:
            self.stdout.write(f"{INDENT}({', '.join(why)})")

    def heading(self, event: AuditEvent) -> str:
        """The event on one line."""
        parts = [
            f"#{event.pk}",
            local(event.at),
            self._operation(event),
            self.style.MIGRATE_LABEL(printable(what(event))),
            f"by {printable(who(event))}",
            f"(transaction {event.txid})",
        ]
        return " ".join(parts)

    def write_changes(self, event: AuditEvent) -> None:
        """A line for each field; of a RENAME or a SNAPSHOT for each key of the images."""
        for change in event.changes:
            old = "null" if change.old is None else change.old_display
            new = "null" if change.new is None else change.new_display
            self._write_difference(event.op, change.field, old, new)
        if event.op in IMAGES:
            for key in {**(event.old or {}), **(event.new or {})}:
                images = ((image or {}).get(key) for image in (event.old, event.new))
                self._write_difference(event.op, key, *images)

    def _write_difference(self, op: str, name: str, old: Any, new: Any) -> None:
        before, after = self.style.ERROR(self._text(old)), self.style.SUCCESS(self._text(new))
        text = f"{before} -> {after}"
        if op in {Operation.INSERT, Operation.SNAPSHOT}:
            text = after
        elif op == Operation.DELETE:
            text = before
        self.stdout.write(f"{INDENT}{printable(name)}: {text}")

    def _operation(self, event: AuditEvent) -> str:
        styles: dict[str, Any] = {
            Operation.INSERT: self.style.SUCCESS,
            Operation.UPDATE: self.style.WARNING,
            Operation.DELETE: self.style.ERROR,
            Operation.TRUNCATE: self.style.ERROR,
        }
        return str(styles.get(event.op, self.style.NOTICE)(event.op))

    def _text(self, value: Any) -> str:
        text = "null" if value is None else str(value)
        if self.longest is not None and len(text) > self.longest:
            text = f"{text[: self.longest]}..."
        return printable(text)


def local(at: Any) -> str:
    """A moment in the current time zone, to the microsecond."""
    moment = timezone.localtime(at) if timezone.is_aware(at) else at
    return str(moment.isoformat(sep=" ", timespec="microseconds"))


def what(event: AuditEvent) -> str:
    """The model, or else the table, and the key."""
    model = event.model
    name = model._meta.label if model else f"{event.table_schema}.{event.table_name}"
    return f"{name} {event.object_id}" if event.object_id is not None else name


def who(event: AuditEvent) -> str:
    """Whom the application told, or else whom the database saw."""
    event_context = told(event)
    named = (event_context[key] for key in WHO if event_context.get(key) not in (None, ""))
    return str(next(named, f"database user {event.db_user}"))


def told(event: AuditEvent) -> dict[str, Any]:
    """The context; what is no object, which SQL may have written, under that name."""
    context = {} if event.context is None else event.context
    return context if isinstance(context, dict) else {"context": context}


def printable(text: str) -> str:
    """The text on one line, without what a terminal would obey."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in text
    )
