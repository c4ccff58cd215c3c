"""What is published for a change."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID, uuid5

from trigger_audit.context import LazyContext
from trigger_audit.feed.change import Change
from trigger_audit.feed.payload import payload

NAMESPACE = UUID("3c5a7c5e-50b1-4d43-9d0b-5f6a0a2f2b61")
"""Of the ids of tasks; it must never change."""


class Message(NamedTuple):
    """A task to be queued.

    :ivar id: derived from the key of idempotency, in letters that every queue takes.
    :ivar told: the context that the task is to carry.
    """

    id: str
    payload: dict[str, Any]
    told: dict[str, Any]

    @property
    def key(self) -> str:
        """By which a person finds the change, without what is in it."""
        return str(self.payload["idempotency_key"])

    def context(self) -> LazyContext:
        """The block that the task is queued in. A large context of an event is no error here."""
        return LazyContext(lambda: self.told)


def message(change: Change, subscription: str) -> Message:
    """The message for a change; its task goes on with what was told of the change."""
    told = {**change.context, "subscription": subscription}
    return Message(task_id(change.idempotency_key), payload(change, subscription), told)


def task_id(idempotency_key: str) -> str:
    """The id of the task for a change, the same at each delivery."""
    return str(uuid5(NAMESPACE, idempotency_key))
