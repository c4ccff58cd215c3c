"""Finds the events of one row, under whichever keys it had."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q

from trigger_audit.models import AuditEvent
from trigger_audit.names import Renames
from trigger_audit.revert.images import Image
from trigger_audit.revert.lineage import key_of, object_id_of
from trigger_audit.revert.rows import Rows
from trigger_audit.revert.tables import Table
from trigger_audit.values import is_marker


@dataclass
class Search:
    """The events of the row that has, or had, a key."""

    using: str
    renames: Renames
    table: Table
    key: Image

    def since(self, moment: datetime) -> list[AuditEvent]:
        """Those after a moment, of the row that had the key then; if none had, that has it now."""
        events = list(self._followed(object_id_of(self.key), Q(at__gt=moment)))
        began = bool(events) and events[0].op == "INSERT"
        if began or self._was_there(moment):
            return events
        arrivals = self.of_table(at__gt=moment, op="UPDATE", new__contains=self.key)
        former = [event for event in arrivals if event.object_id != object_id_of(self.key)]
        if not former:
            return events
        first = self._first_key(former[0], moment)
        return list(self._followed(first, Q(at__gt=moment)))

    def is_known(self, rows: Rows) -> bool:
        """Whether a row has the key, or any event is about it."""
        if rows.present(self.table, [self.key], lock=False):
            return True
        return self.of_table(object_id=object_id_of(self.key)).exists()

    def truncations(self, moment: datetime) -> list[AuditEvent]:
        """When the table was emptied after a moment."""
        return self._named(self.of_table(at__gt=moment, op="TRUNCATE"))

    def _followed(self, object_id: str, condition: Q) -> Iterator[AuditEvent]:
        """The events of a row from a key on, and of the keys that it moved to."""
        found = self._named(self.of_table(condition, object_id=object_id).order_by("id"))
        for event in found:
            yield event
            moved_to = self.new_key(event)
            if moved_to != object_id:
                yield from self.after(event, moved_to)
                return

    def after(self, event: AuditEvent, object_id: str) -> Iterator[AuditEvent]:
        """The events of a row after one that left it with a key."""
        # The rest of the same statement is about rows that had the key before.
        return self._followed(object_id, Q(id__gt=event.id) & ~Q(at=event.at))

    def _first_key(self, arrival: AuditEvent, moment: datetime) -> str:
        """The key that the row of an event had at a moment."""
        key = str(arrival.object_id)
        before = self.of_table(at__gt=moment, op="UPDATE", id__lt=arrival.id)
        for event in before.order_by("-id"):
            if event.object_id != key and self.new_key(event) == key:
                key = str(event.object_id)
        return key

    def _was_there(self, moment: datetime) -> bool:
        """Whether an event says that the key was a row's at a moment."""
        of_key = self.of_table(object_id=object_id_of(self.key), at__lte=moment)
        last = of_key.order_by("id").last()
        return last is not None and last.op != "DELETE" and self.new_key(last) == last.object_id

    def new_key(self, event: AuditEvent) -> str:
        """The key that an event left its row with."""
        image = self.renames.columns(event, event.new or {})
        key = key_of(event.object_id or "", self.table.key)
        if event.op != "UPDATE" or key is None:
            return str(event.object_id)
        moved = {name: image[name] for name in key if name in image}
        if any(is_marker(value) for value in moved.values()):
            return str(event.object_id)
        return object_id_of({**key, **moved})

    def of_table(self, *conditions: Q, **named: Any) -> models.QuerySet[AuditEvent]:
        """Events of the table; and of others, where those had one of its names."""
        schema, names = self.table.schema, self.renames.names_of(self.table.qualified)
        of_table = Q(table_schema=schema, table_name__in=names)
        found: models.QuerySet[AuditEvent] = AuditEvent.objects.using(self.using).filter(
            of_table, *conditions, **named
        )
        return found

    def _named(self, events: Iterable[AuditEvent]) -> list[AuditEvent]:
        """Those of the table, not of another that had one of its names."""
        return [each for each in events if self.renames.table(each) == self.table.qualified]
