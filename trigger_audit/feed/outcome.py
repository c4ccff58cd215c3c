"""What becomes of a poll, and what its first transaction leaves to the second."""

from __future__ import annotations

from typing import Any, NamedTuple

from trigger_audit.feed.change import Change
from trigger_audit.feed.cursor import Cursor

DELIVERED, CLOSED, PARKED, FAILED = "delivered", "closed", "parked", "failed"
IDLE, BUSY, PAUSED, WAITING = "idle", "busy", "paused", "waiting"


class Poll(NamedTuple):
    """What became of a poll.

    :ivar outcome: ``delivered``; ``closed``, there was no more up to when the batch before began;
        ``parked``, a change that cannot be delivered; ``failed``, the handler raised; ``idle``,
        there is nothing new; ``busy``, another worker has the lane; ``paused``; ``waiting``, after
        a failure or for another lane.
    :ivar delivered: how many changes the handler took.
    :ivar error: why it failed.
    :ivar noted: the same as text, where what raised it is no longer there.
    :ivar position: when something was delivered, no event that was has a greater id.
    :ivar is_last: whether that was all there was when the batch was found.
    """

    outcome: str
    delivered: int = 0
    error: BaseException | None = None
    position: int | None = None
    is_last: bool = False
    noted: str | None = None

    @property
    def goes_on(self) -> bool:
        """Whether another poll may find more at once."""
        return self.outcome in (DELIVERED, CLOSED, PARKED, FAILED)


class Work(NamedTuple):
    """What the first transaction found for the second to do.

    :ivar lane: the lane as the first left it, with the attempt counted.
    :ivar changes: what to deliver.
    :ivar moved: what becomes of the lane then.
    """

    lane: Cursor
    changes: list[Change]
    moved: dict[str, Any]

    @property
    def is_chunk(self) -> bool:
        """Whether it is of a backfill: rows that are there, and no events that could be parked."""
        return bool(self.changes) and self.changes[0].operation == "SNAPSHOT"
