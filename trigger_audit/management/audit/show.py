"""``manage.py audit show``: one event, all of it."""

from __future__ import annotations

import argparse
import json
from typing import Any

from django.core.management.base import CommandError
from django.db.backends.base.base import BaseDatabaseWrapper

from trigger_audit.management.audit.records import as_json, records
from trigger_audit.management.audit.subcommand import Subcommand, require_readable
from trigger_audit.management.audit.timeline import (
    INDENT,
    Timeline,
    local,
    printable,
    told,
    what,
    who,
)
from trigger_audit.models import AuditEvent

MOST = 20
"""How many other events of its transaction are shown."""


class Show(Subcommand):
    """Tells who, when and why, every value, and what else the transaction did."""

    name = "show"
    help = "Shows one event: who, when, why, each change, and what else its transaction did."

    @staticmethod
    def add_arguments(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("event", type=int, help="The number of the event.")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, connection: BaseDatabaseWrapper, **options: Any) -> None:
        require_readable(connection)
        found = AuditEvent.objects.using(connection.alias).filter(pk=options["event"])
        event = found.first()
        if event is None:
            raise CommandError(
                f"There is no event {options['event']}. manage.py audit log lists them."
            )
        if options["format"] == "json":
            self.stdout.write(as_json(records(found).get()))
        else:
            self._write(event)

    def _write(self, event: AuditEvent) -> None:
        timeline = Timeline(self.stdout, self.style, longest=None)
        self.stdout.write(self.style.MIGRATE_HEADING(f"Event {event.pk}"))
        for name, text in _facts(event):
            self._write_fact(name, text)
        self._write_context(told(event))
        self.stdout.write("changes")
        timeline.write_changes(event)
        self._write_siblings(event, timeline)

    def _write_fact(self, name: str, text: str) -> None:
        self.stdout.write(f"{name:14}{printable(text)}")

    def _write_context(self, context: dict[str, Any]) -> None:
        if context:
            self.stdout.write("context")
        for key, value in context.items():
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            self.stdout.write(f"{INDENT}{printable(key)}: {printable(text)}")

    def _write_siblings(self, event: AuditEvent, timeline: Timeline) -> None:
        others = AuditEvent.objects.using(event._state.db).filter(txid=event.txid)
        siblings = others.exclude(pk=event.pk).order_by("pk")[: MOST + 1]
        if siblings:
            self.stdout.write("in the same transaction")
        for sibling in siblings[:MOST]:
            self.stdout.write(f"{INDENT}{timeline.heading(sibling)}")
        if len(siblings) > MOST:
            self.stdout.write(f"{INDENT}and more: manage.py audit log --transaction={event.txid}")


def _facts(event: AuditEvent) -> list[tuple[str, str]]:
    return [
        ("what", f"{event.op} {what(event)}"),
        ("table", f"{event.table_schema}.{event.table_name}"),
        ("when", local(event.at)),
        ("who", who(event)),
        ("database user", event.db_user),
        ("transaction", str(event.txid)),
    ]
