"""Reads events as steps in the lives of rows, in the names and forms of now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import DataError, IntegrityError, ProgrammingError, transaction

from trigger_audit.fields import encode_exactly
from trigger_audit.models import AuditEvent
from trigger_audit.names import Renames
from trigger_audit.revert.images import Image, Unknown, unredacted
from trigger_audit.revert.lineage import Step, key_of
from trigger_audit.revert.rows import Rows
from trigger_audit.revert.tables import Table

UNFIT = (DataError, IntegrityError, ProgrammingError)
"""What a value raises that its column, or its domain, does not take: some types call it syntax."""


class History:
    """What events of one table say of it as it is now."""

    def __init__(self, rows: Rows, renames: Renames, table: Table) -> None:
        self.rows = rows
        self.renames = renames
        self.table = table
        self.lost: dict[int, Image] = {}

    def steps(self, events: Sequence[AuditEvent]) -> list[Step]:
        """The events, oldest first, less those whose keys are not this table's."""
        keyed = [event for event in events if self._key(event) is not None]
        olds, news = (
            self.fitting([self._image(event, side) for event in keyed]) for side in ("old", "new")
        )
        keys = self.fitting([self._key(event) or {} for event in keyed])
        return [self._step(*parts) for parts in zip(keyed, keys, olds, news, strict=True)]

    def _step(self, event: AuditEvent, key: Image, old: Image, new: Image) -> Step:
        moved = {name: new[name] for name in self.table.key if name in new}
        known = {name: value for name, value in moved.items() if not isinstance(value, Unknown)}
        new_key = {**key, **known} if event.op == "UPDATE" else key
        return Step(event.id, event.at, event.op, key, new_key, old, new)

    def _key(self, event: AuditEvent) -> Image | None:
        """The key by which an event names its row, in full: ``object_id`` may be cut."""
        side = event.new if event.op == "INSERT" else event.old
        image = unredacted(self.renames.columns(event, side or {}))
        key = {name: image.get(name) for name in self.table.key}
        if not any(value is None or isinstance(value, Unknown) for value in key.values()):
            return key
        return key_of(event.object_id or "", self.table.key)

    def _image(self, event: AuditEvent, side: str) -> Image:
        """The part of an image that can be written; what the table has no more is kept aside."""
        image = self.renames.columns(event, getattr(event, side) or {})
        columns = self.table.columns
        lost = {name: value for name, value in image.items() if name not in columns}
        if lost and side == "old":
            self.lost[event.id] = lost
        return unredacted(
            {
                name: value
                for name, value in image.items()
                if name in columns and not columns[name].is_generated
            }
        )

    def fitting(self, images: Sequence[Image]) -> list[Image]:
        """The images in the forms of now; values that do not fit become unknown ones."""
        try:
            return self._fitting(images)
        except UNFIT:
            return self._one_by_one(images)

    def _fitting(self, images: Sequence[Image]) -> list[Image]:
        fitted = list(images)
        # Together go those with the same columns: a domain may refuse the null of one not given.
        for columns, places in _alike(images).items():
            known = [{name: images[place][name] for name in columns} for place in places]
            with transaction.atomic(using=self.rows.connection.alias):
                found = self.rows.normalised(self.table, columns, known)
            for place, image in zip(places, found, strict=True):
                fitted[place] = {**images[place], **image}
        return fitted

    def _one_by_one(self, images: Sequence[Image]) -> list[Image]:
        """Column by column, and where one fails value by value."""
        fitted: list[Image] = [{} for _ in images]
        for column in sorted({name for image in images for name in image}):
            holding = [place for place, image in enumerate(images) if column in image]
            parts = [{column: images[place][column]} for place in holding]
            try:
                done = self._fitting(parts)
            except UNFIT:
                done = [{column: self._value(column, part)} for part in parts]
            for place, part in zip(holding, done, strict=True):
                fitted[place].update(part)
        return fitted

    def _value(self, column: str, image: Image) -> Any:
        try:
            return self._fitting([image])[0][column]
        except UNFIT:
            return Unknown(encode_exactly(image[column]), is_redacted=False)


def _alike(images: Sequence[Image]) -> dict[tuple[str, ...], list[int]]:
    """The places of images by the columns that they know."""
    places: dict[tuple[str, ...], list[int]] = {}
    for place, image in enumerate(images):
        columns = sorted(name for name in image if not isinstance(image[name], Unknown))
        places.setdefault(tuple(columns), []).append(place)
    return places
