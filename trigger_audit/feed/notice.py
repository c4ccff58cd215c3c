"""What a worker tells of its work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

STARTED, ENDED = "started", "ended"
STOPPED, GOES_ON = "stopped", "goes on"
DISCONNECTED, CONNECTED = "disconnected", "connected"
DIED = "died"


@dataclass(frozen=True)
class Notice:
    """Something that happened.

    :ivar event: ``started``, ``ended``; the outcomes ``delivered``, ``failed`` and ``parked``;
        ``stopped``, an operator has to do something, and ``goes on``; ``disconnected`` from the
        database, and ``connected`` again; ``died``, a process that was not told to.
    :ivar lane: the name of the lane, for people.
    :ivar seconds: how long the poll took.
    :ivar position: no event that was delivered in the lane has a greater id.
    :ivar newest: the greatest id there is.
    """

    event: str
    lane: str | None = None
    subscription: str | None = None
    shard: int | None = None
    changes: int | None = None
    seconds: float | None = None
    position: int | None = None
    newest: int | None = None
    error: str | None = None


class Reporter(Protocol):
    """Whoever wants to know."""

    def tell(self, notice: Notice) -> None:
        """Something happened."""

    def tick(self) -> None:
        """Time passes."""
