"""The ways to audit a table: how a model declares each, and where it keeps its history."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pghistory
import pgtrigger
from auditlog.registry import auditlog
from django.db import models
from simple_history.models import HistoricalRecords

from trigger_audit import Audit

Attributes = dict[str, Any]
EVENTS = (pghistory.InsertEvent, pghistory.UpdateEvent, pghistory.DeleteEvent)


def nothing(model: type[models.Model]) -> None:
    """What most kinds do once the model is there."""


def track(level: pgtrigger.Level) -> Callable[[type[models.Model]], None]:
    """What pghistory's own decorator does; deletions are not tracked unless asked for."""

    def tracked(model: type[models.Model]) -> None:
        meta = {"db_table": f"{model._meta.db_table}_event"}
        pghistory.track(*(event() for event in EVENTS), level=level, meta=meta)(model)

    return tracked


@dataclass(frozen=True)
class Kind:
    """One way to audit.

    ``history`` is the table of its events; ``shared`` are further tables that it fills. ``{table}``
    in them stands for the audited one. ``sees_statements``: does it record what it is not told?
    """

    name: str
    title: str
    history: str | None
    meta: Attributes
    attributes: Callable[[], Attributes] = dict
    finish: Callable[[type[models.Model]], None] = nothing
    shared: tuple[str, ...] = ()
    sees_statements: bool = True
    is_written_here: bool = False


KINDS = {
    kind.name: kind
    for kind in (
        Kind("unaudited", "unaudited", None, {}),
        Kind("full", "ours, full", "trigger_audit_event", {"audit": Audit()}),
        Kind(
            "changes",
            "ours, changes",
            "trigger_audit_event",
            {"audit": Audit(images="changes")},
        ),
        Kind(
            "pghistory_row",
            "pghistory, rows",
            "{table}_event",
            {},
            finish=track(pgtrigger.Row),
            shared=("pghistory_context",),
        ),
        Kind(
            "pghistory_statement",
            "pghistory, statements",
            "{table}_event",
            {},
            finish=track(pgtrigger.Statement),
            shared=("pghistory_context",),
        ),
        Kind("generic", "generic row trigger", "generic_audit", {}, is_written_here=True),
        Kind("typed", "typed copy, the limit", "{table}_history", {}, is_written_here=True),
        Kind(
            "simple_history",
            "simple-history",
            "{table}_historical",
            {},
            attributes=lambda: {"history": HistoricalRecords(table_name="{table}_historical")},
            sees_statements=False,
        ),
        Kind(
            "auditlog",
            "auditlog",
            "auditlog_logentry",
            {},
            finish=auditlog.register,
            sees_statements=False,
        ),
    )
}
"""By name, in the order in which they are shown."""
