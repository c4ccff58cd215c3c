"""A lane that a worker serves, and when it has to look at it again."""

from __future__ import annotations

import time

from trigger_audit.feed.delivery import reason
from trigger_audit.feed.horizon import Horizon
from trigger_audit.feed.outcome import DELIVERED, FAILED, IDLE, PAUSED, Poll
from trigger_audit.feed.pace import Pace
from trigger_audit.subscription import Subscription

SHORTEST, LONGEST = 0.02, 1.0
"""Seconds between two looks: after something happened, and when nothing did for long."""

TAKEOVER = 0.25
"""Seconds, at most, after which another worker takes a lane whose worker has died."""

STOPPED = 5.0
"""Seconds between two looks at a lane that waits for an operator."""


class Lane:
    """What a worker remembers of a lane between two polls.

    :ivar outcome: that of the last poll; None if there was none, or it counts no more.
    :ivar trouble: why an operator has to do something.
    :ivar error: what failed at last.
    :ivar failures: how often it failed since something was delivered.
    :ivar deliveries: how often something was delivered.
    :ivar due: the moment, of the monotonic clock, to look at it again.
    """

    def __init__(self, subscription: Subscription, shard: int) -> None:
        self.subscription = subscription
        self.shard = shard
        self.outcome: str | None = None
        self.trouble: str | None = None
        self.error: str | None = None
        self.failures = 0
        self.deliveries = 0
        self.polls = 0
        self.due = 0.0
        self._seen: Horizon | None = None
        self._pace = Pace(SHORTEST, LONGEST)

    def __str__(self) -> str:
        name = self.subscription.name
        return name if self.subscription.shards == 1 else f"{name}[{self.shard}]"

    def needs_poll(self, horizon: Horizon) -> bool:
        """Whether something may be new. What others have to do first can be done at any time."""
        return self.outcome not in (IDLE, PAUSED) or horizon != self._seen

    def rest(self, longest: float = LONGEST) -> None:
        """Look again after a while."""
        self.due = time.monotonic() + self._pace.wait(longest)

    def polled(self, poll: Poll, horizon: Horizon) -> None:
        """Note what became of a poll, and of how far the database was before it."""
        self.outcome, self._seen, self.trouble = poll.outcome, horizon, None
        self.polls += 1
        self.deliveries += poll.outcome == DELIVERED
        self.error = reason(poll) or self.error
        if poll.goes_on:
            self.failures = self.failures + 1 if poll.outcome == FAILED else 0
            self.again()
            if poll.is_last:
                # While others write without end, a moment makes one batch of many small ones.
                self.rest()
        else:
            self.rest(LONGEST if poll.outcome in (IDLE, PAUSED) else TAKEOVER)

    def again(self) -> None:
        """Poll at once."""
        self._pace.reset()
        self.due = 0.0

    def stopped(self, trouble: str) -> None:
        """An operator has to do something: look whether it was done from time to time."""
        self.outcome, self.trouble = None, trouble
        self.polls += 1
        self.due = time.monotonic() + STOPPED
