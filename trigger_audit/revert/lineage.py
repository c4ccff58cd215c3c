"""What became of rows in the course of events, whichever keys they had."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from trigger_audit.fields import ExactJSONDecoder, encode_exactly
from trigger_audit.revert.images import Image, same


@dataclass(frozen=True)
class Step:
    """An event with its images and keys by the names and in the forms of now."""

    id: int
    at: datetime
    op: str
    old_key: Image
    new_key: Image
    old: Image
    new: Image

    @property
    def changed(self) -> set[str]:
        """The columns that an UPDATE changed; all of a row that came or went."""
        return {
            name for name in self.old.keys() | self.new.keys() if not same(self.old, self.new, name)
        }


@dataclass
class Lineage:
    """The events of one row, oldest first."""

    steps: list[Step] = field(default_factory=list)

    @property
    def events(self) -> tuple[int, ...]:
        """Their ids, newest first."""
        return tuple(step.id for step in reversed(self.steps))

    @property
    def last_key(self) -> Image:
        """The row's key after the events; of one that they deleted, the last that it had."""
        return self.steps[-1].new_key

    @property
    def existed(self) -> bool:
        """Whether there was a row before."""
        return self.steps[0].op != "INSERT"

    @property
    def exists(self) -> bool:
        """Whether there was a row after."""
        return self.steps[-1].op != "DELETE"

    @property
    def before(self) -> Image:
        """The row before, of an UPDATE the columns that changed."""
        image: Image = {}
        for step in reversed(self.steps):
            image = _passed(image, step, step.old, "INSERT", "DELETE")
        return image

    @property
    def after(self) -> Image:
        """The row after, of an UPDATE the columns that changed."""
        image: Image = {}
        for step in self.steps:
            image = _passed(image, step, step.new, "DELETE", "INSERT")
        return image


def _passed(image: Image, step: Step, side: Image, absent: str, whole: str) -> Image:
    if step.op == absent:
        return {}
    if step.op == whole:
        return dict(side)
    return {**image, **{name: side[name] for name in step.changed if name in side}}


def lineages(steps: Sequence[Step]) -> list[Lineage]:
    """The rows that events are about; of one table, oldest first."""
    found: list[Lineage] = []
    current: dict[str, Lineage] = {}
    for _, together in groupby(steps, key=lambda step: (step.at, step.op)):
        # Of one statement, that may have shifted keys: none of its rows had another's new key.
        moved = [(step, current.pop(encode_exactly(step.old_key), None)) for step in together]
        for step, known in moved:
            is_other = known is None or known.exists is (step.op == "INSERT")
            lineage = Lineage() if known is None or is_other else known
            if lineage is not known:
                found.append(lineage)
            lineage.steps.append(step)
            current[encode_exactly(step.new_key)] = lineage
    return found


def key_of(object_id: str, columns: Sequence[str]) -> Image | None:
    """The key columns as ``object_id`` has them; None where it has another number of them."""
    if len(columns) == 1:
        return {columns[0]: object_id}
    try:
        values = json.loads(object_id, cls=ExactJSONDecoder)
    except ValueError:
        return None
    if not isinstance(values, list) or len(values) != len(columns):
        return None
    return dict(zip(columns, values, strict=True))


def object_id_of(key: Image) -> str:
    """A key as events have it."""
    values = list(key.values())
    if len(values) > 1:
        return encode_exactly(values)
    (value,) = values
    return value if isinstance(value, str) else encode_exactly(value)


def reversed_steps(found: Iterable[Lineage]) -> Iterator[Lineage]:
    """Each event by itself, newest first."""
    steps = [step for lineage in found for step in lineage.steps]
    for step in sorted(steps, key=lambda step: step.id, reverse=True):
        yield Lineage([step])
