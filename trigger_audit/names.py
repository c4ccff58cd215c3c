"""Under which names tables and columns of old events are found now, and whose tables they are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from trigger_audit import catalog, declaration
from trigger_audit.sql import quote_table, split_table

Model = type[models.Model]
Name = tuple[str, str]
"""Schema and name."""

GONE = "{} (dropped)"
"""What a table or a column is called here whose name another one was given since."""


@dataclass(frozen=True)
class Renames:
    """The RENAME events of a database, in their order."""

    events: tuple[Any, ...]

    @classmethod
    def read(cls, using: str, after: int) -> Renames:
        """Those after an event."""
        events = apps.get_model("trigger_audit", "AuditEvent")._base_manager.using(using)
        return cls(tuple(events.filter(op="RENAME", id__gt=after).order_by("id")))

    def table(self, event: Any) -> Name:
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

    def columns(self, event: Any, image: Mapping[str, Any]) -> dict[str, Any]:
        """An image of an event, by the columns' names now.

        What another column has the name of now is called :data:`GONE`.
        """
        names = {column: column for column in image}
        for rename, _, renamed in self._followed(event):
            if renamed:
                old, new = rename.old["column_name"], rename.new["column_name"]
                present = {old: new, new: GONE.format(new)}
                names = {was: present.get(now, now) for was, now in names.items()}
        return {names[column]: value for column, value in image.items()}

    def _followed(self, event: Any) -> Iterable[tuple[Any, str, bool]]:
        name = event.table_name
        for rename in self.events:
            if rename.id < event.id or rename.table_schema != event.table_schema:
                continue
            old, new = rename.old or {}, rename.new or {}
            if old.get("table_name") == name:
                name = new["table_name"]
                yield rename, name, False
            elif new.get("table_name") == name:
                yield rename, GONE.format(name), False
                return
            elif "column_name" in old and rename.table_name == name:
                yield rename, name, True


def models_by_table(
    connection: BaseDatabaseWrapper, names: Collection[str] | None = None
) -> dict[Name, Model]:
    """The models whose tables are in this database; of several, the audited one.

    :param names: of which tables, without schemas; None for all.
    """
    audited = declaration.audited(apps)
    wanted: dict[str, Model] = {}
    for model in apps.get_models(include_auto_created=True):
        name = quote_table(model._meta.db_table)
        is_wanted = names is None or split_table(model._meta.db_table)[1] in names
        is_free = name not in wanted or model in audited
        if is_wanted and is_free and not model._meta.proxy and not model._meta.swapped:
            wanted[name] = model
    found = catalog.read_tables(connection, wanted)
    return {(table.schema, table.name): wanted[name] for name, table in found.items()}
