"""What a worker goes on until, and what is then left."""

from __future__ import annotations

from collections.abc import Sequence

from trigger_audit.feed.lane import Lane
from trigger_audit.feed.outcome import FAILED, IDLE, PARKED, PAUSED, WAITING


class Forever:
    """Go on until it is told to stop."""

    ends = False

    def is_reached(self, lanes: Sequence[Lane]) -> bool:
        """Never."""
        return False

    def left(self, lanes: Sequence[Lane]) -> list[str]:
        """Nothing: the next worker goes on."""
        return []


class Once(Forever):
    """Poll each lane once."""

    ends = True

    def is_reached(self, lanes: Sequence[Lane]) -> bool:
        """Each has been polled."""
        return all(lane.polls for lane in lanes)

    def left(self, lanes: Sequence[Lane]) -> list[str]:
        """What failed."""
        return [
            f"{lane}: {lane.trouble or lane.error or 'A change was parked.'}"
            for lane in lanes
            if lane.trouble or lane.outcome in (FAILED, PARKED)
        ]


class UntilIdle(Forever):
    """Go on until no lane has anything more to deliver, or can have it delivered."""

    ends = True

    def __init__(self) -> None:
        self._deliveries = 0

    def is_reached(self, lanes: Sequence[Lane]) -> bool:
        """Each is idle or left, and has been since a delivery: the handler may have written."""
        if not all(lane.outcome == IDLE or _why_left(lane, lanes) for lane in lanes):
            return False
        deliveries = sum(lane.deliveries for lane in lanes)
        if deliveries == self._deliveries:
            return True
        self._deliveries = deliveries
        for lane in lanes:
            lane.outcome = None
            lane.again()
        return False

    def left(self, lanes: Sequence[Lane]) -> list[str]:
        """The lanes that were given up."""
        found = ((lane, _why_left(lane, lanes)) for lane in lanes)
        return [f"{lane}: {reason}" for lane, reason in found if reason]


def _why_left(lane: Lane, lanes: Sequence[Lane]) -> str | None:
    """Why nothing more is expected of a lane that is not idle."""
    if lane.outcome == WAITING:
        # It may wait for a lane of its subscription that is left.
        others = [each for each in lanes if each.subscription is lane.subscription]
        if any(_is_left(each) for each in others if each is not lane):
            return lane.error or "It waits for another lane."
    return _reason(lane) if _is_left(lane) else None


def _is_left(lane: Lane) -> bool:
    is_failing = lane.failures > lane.subscription.attempts
    return bool(lane.trouble) or lane.outcome == PAUSED or (is_failing and lane.outcome is not None)


def _reason(lane: Lane) -> str | None:
    return lane.trouble or ("It is paused." if lane.outcome == PAUSED else lane.error)
