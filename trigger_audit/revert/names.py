"""Under which names tables and columns of old events are found now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from trigger_audit.models import AuditEvent
from trigger_audit.revert.tables import Name


@dataclass(frozen=True)
class Renames:
    """The RENAME events of a database, in their order."""

    events: tuple[AuditEvent, ...]

    @classmethod
    def read(cls, using: str, after: int) -> Renames:
        """Those after an event."""
        found = AuditEvent.objects.using(using).filter(op="RENAME", id__gt=after)
        return cls(tuple(found.order_by("id")))

    def table(self, event: AuditEvent) -> Name:
        """The table of an event, as it is named now."""
        names = [event.table_name, *(name for _, name, _ in self._followed(event))]
        return event.table_schema, names[-1]

    def names_of(self, table: Name) -> set[str]:
        """The names that a table has, or may have had; other tables may have had them too."""
        schema, name = table
        names = {name}
        for rename in reversed(self.events):
            old, new = rename.old or {}, rename.new or {}
            if rename.table_schema == schema and new.get("table_name") in names:
                names.add(old["table_name"])
        return names

    def columns(self, event: AuditEvent, image: Mapping[str, Any]) -> dict[str, Any]:
        """An image of an event, by the columns' names now."""
        names = {column: column for column in image}
        for rename, _, renamed in self._followed(event):
            if renamed:
                old, new = rename.old["column_name"], rename.new["column_name"]
                names = {was: new if now == old else now for was, now in names.items()}
        return {names[column]: value for column, value in image.items()}

    def _followed(self, event: AuditEvent) -> Iterable[tuple[AuditEvent, str, bool]]:
        name = event.table_name
        for rename in self.events:
            if rename.id < event.id or rename.table_schema != event.table_schema:
                continue
            old, new = rename.old or {}, rename.new or {}
            if old.get("table_name") == name:
                name = new["table_name"]
                yield rename, name, False
            elif "column_name" in old and rename.table_name == name:
                yield rename, name, True
