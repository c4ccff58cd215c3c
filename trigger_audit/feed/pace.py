"""How long to wait: a moment after something happened, and ever longer while nothing does."""

from __future__ import annotations


class Pace:
    """Doubles from the shortest wait to the longest, in seconds."""

    def __init__(self, shortest: float, longest: float) -> None:
        self.shortest = shortest
        self.longest = longest
        self._next = shortest

    def wait(self, longest: float | None = None) -> float:
        """How long to wait this time, with another limit for this time."""
        found = min(self._next, self.longest if longest is None else longest)
        self._next = min(2 * self._next, self.longest)
        return found

    def reset(self) -> None:
        """Something happened."""
        self._next = self.shortest
