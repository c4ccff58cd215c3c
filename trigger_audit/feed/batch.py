"""What a handler is called with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from django.db import models

from trigger_audit.feed.change import Change


class Batch(Sequence[Change]):
    """Changes in the order in which they were written, which is that of the commits for each row.

    :ivar subscription: the name of the subscription.
    :ivar shard: the lane, from 0.
    :ivar using: the alias of the database that the changes are of.
    """

    def __init__(
        self, changes: Sequence[Change], subscription: str, *, shard: int = 0, using: str
    ) -> None:
        self._changes = list(changes)
        self.subscription = subscription
        self.shard = shard
        self.using = using
        for change in self._changes:
            change.find = self.instance

    def __repr__(self) -> str:
        return f"<Batch of {self.subscription}: {len(self)} changes>"

    def __len__(self) -> int:
        return len(self._changes)

    def __iter__(self) -> Iterator[Change]:
        return iter(self._changes)

    def __getitem__(self, index: Any) -> Any:
        return self._changes[index]

    def latest(self) -> list[Change]:
        """The last change of each row, in order: what an upsert needs.

        A TRUNCATE takes the place of all that was before it in its table. An UPDATE that gave a row
        another key also stays as the last of the former key, unless a later change has that key.
        """
        last: dict[tuple[type[models.Model], Any], Change] = {}
        for change in self._changes:
            if change.row.object_id is None:
                last = {key: each for key, each in last.items() if key[0] is not change.model}
            for key in (change.row.object_id, change.row.new_object_id):
                # Put to the end: the order is that of the last changes.
                last.pop((change.model, key), None)
                last[change.model, key] = change
        return list(dict.fromkeys(last.values()))

    def instance(self, change: Change) -> models.Model | None:
        """The row of a change as it is now; None if it is gone."""
        return self._instances.get(change.model, {}).get(change.key)

    @cached_property
    def _instances(self) -> dict[type[models.Model], dict[Any, models.Model]]:
        keys: dict[type[models.Model], set[Any]] = {}
        for change in self._changes:
            if change.key is not None:
                keys.setdefault(change.model, set()).add(change.key)
        return {
            model: {
                instance.pk: instance
                for instance in model._base_manager.using(self.using).filter(pk__in=[*found])
            }
            for model, found in keys.items()
        }
