"""The events that are written in a block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext, suppress
from functools import reduce
from operator import or_
from typing import Any

from asgiref.sync import sync_to_async
from django.db import DEFAULT_DB_ALIAS, DatabaseError, models, router
from django.db.models import Max

from trigger_audit import subjects
from trigger_audit.models import AuditEvent
from trigger_audit.queryset import AuditEventQuerySet


class CapturedEvents(Sequence[AuditEvent]):
    """Events in the order of writing: those up to now inside of the block, all of it after it."""

    def __init__(self, events: AuditEventQuerySet) -> None:
        self._events = events
        self._found: list[AuditEvent] | None = None

    def __enter__(self) -> CapturedEvents:
        # Not among the models' events alone: an id is all that is wanted.
        last = AuditEvent.objects.using(self._events.db).aggregate(last=Max("id"))["last"]
        self._events = self._events.filter(id__gt=last or 0)
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: Any) -> None:
        # After an error the transaction may be one that nothing can be read in.
        with suppress(DatabaseError) if kind else nullcontext():
            self._found = self._read()

    async def __aenter__(self) -> CapturedEvents:
        return await sync_to_async(self.__enter__)()

    async def __aexit__(self, *error: Any) -> None:
        await sync_to_async(self.__exit__)(*error)

    def __len__(self) -> int:
        return len(self._read())

    def __getitem__(self, index: Any) -> Any:
        return self._read()[index]

    def __iter__(self) -> Iterator[AuditEvent]:
        return iter(self._read())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._read() == list(other)

    __hash__ = None  # type: ignore[assignment]  # As of any list.

    def __repr__(self) -> str:
        return repr(self._read())

    def _read(self) -> list[AuditEvent]:
        return list(self._events.all()) if self._found is None else self._found


def capture_events(*of: str | type[models.Model], using: str | None = None) -> CapturedEvents:
    """The audit events that are written in a ``with`` block, in a test's transaction or in none.

    Whoever writes them: also those that another session commits meanwhile.

    :param of: audited models, as classes or as ``"app_label.ModelName"``; all, if none is given.
    :param using: the alias of the database; by default where the routers write the first model.
    :raises UnknownModel: if there is no such model.
    :raises NotAudited: if a model is not audited.
    """
    found = [subjects.audited_model(each) for each in of]
    alias = using or (router.db_for_write(found[0]) if found else DEFAULT_DB_ALIAS)
    events: Any = AuditEvent.objects.using(alias)
    return CapturedEvents(reduce(or_, map(events.for_model, found)) if found else events)
