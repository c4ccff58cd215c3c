"""Serves the lanes of some subscriptions, one after another, for as long as it is wanted."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Sequence

from django.db import (
    Error,
    InterfaceError,
    OperationalError,
    close_old_connections,
    connections,
    reset_queries,
)

from trigger_audit.exceptions import TriggerAuditError
from trigger_audit.feed import horizon, notice, statements
from trigger_audit.feed.delivery import error_text, reason
from trigger_audit.feed.goal import Forever
from trigger_audit.feed.horizon import Horizon
from trigger_audit.feed.lane import Lane
from trigger_audit.feed.notice import Notice, Reporter
from trigger_audit.feed.outcome import DELIVERED, FAILED, PARKED, WAITING, Poll
from trigger_audit.feed.pace import Pace
from trigger_audit.feed.poll import run_once
from trigger_audit.subscription import Subscription

logger = logging.getLogger("trigger_audit.feed")


class Worker:
    """One of any number: whoever has the lease of a lane delivers, the others stand by.

    :ivar lanes: those of the subscriptions, in the order of their turns.
    """

    def __init__(
        self,
        subscriptions: Sequence[Subscription],
        using: str,
        *,
        stop: threading.Event,
        reporter: Reporter,
        goal: Forever,
    ) -> None:
        found = [Lane(each, shard) for each in subscriptions for shard in range(each.shards)]
        self.lanes = deque(found)
        # Workers that begin at the same time are not to want the same lane.
        self.lanes.rotate(random.randrange(len(found)))
        self.using = using
        self.stop = stop
        self.reporter = reporter
        self.goal = goal
        self._is_connected = False
        self._was_lost = False
        self._reconnecting = Pace(0.1, 10.0)

    def run(self) -> None:
        """Deliver, until the goal is reached or somebody wants it to stop."""
        names = sorted({lane.subscription.name for lane in self.lanes})
        self.reporter.tell(Notice(notice.STARTED, subscription=", ".join(names)))
        try:
            while not self.stop.is_set() and not self.goal.is_reached(self.lanes):
                self._round()
                self.reporter.tick()
                self.stop.wait(self._pause())
        finally:
            connections[self.using].close()
        self.reporter.tell(Notice(notice.ENDED))

    def _pause(self) -> float:
        return max(0.0, min(lane.due for lane in self.lanes) - time.monotonic())

    def _round(self) -> None:
        """Give each lane that is due its turn; the database may be gone at any time."""
        now = time.monotonic()
        due = [lane for lane in self.lanes if lane.due <= now]
        # A lane that takes long, or the connection with it, is not to be before the same ones ever.
        self.lanes.rotate(-1)
        try:
            present = self._look() if due else None
            for lane in due:
                if present is not None and not self.stop.is_set():
                    self._turn(lane, present)
        except Error as error:
            self._lost(error)

    def _look(self) -> Horizon:
        connection = connections[self.using]
        if not self._is_connected:
            statements.locate(connection)
        found = horizon.look(connection)
        self._is_connected = True
        if self._was_lost:
            self._was_lost = False
            self._reconnecting.reset()
            self.reporter.tell(Notice(notice.CONNECTED))
        return found

    def _lost(self, error: Error) -> None:
        """Try again after a while, unless whoever began this waits for its end."""
        connections[self.using].close()
        self._is_connected = False
        if self.goal.ends:
            raise error
        if not self._was_lost:
            self._was_lost = True
            self.reporter.tell(Notice(notice.DISCONNECTED, error=error_text(error)))
        self.stop.wait(self._reconnecting.wait())

    def _turn(self, lane: Lane, present: Horizon) -> None:
        if not lane.needs_poll(present):
            lane.rest()
            return
        began, session = time.monotonic(), connections[self.using].connection
        try:
            poll = run_once(lane.subscription, lane.shard, using=self.using)
        except Exception as error:  # Other lanes go on.
            if self._is_lost(error, session):
                raise
            self._stopped(lane, error)
            return
        finally:
            reset_queries()
        if lane.trouble:
            self.reporter.tell(self._notice(lane, notice.GOES_ON))
        lane.polled(poll, present)
        if poll.goes_on:
            self._happened(lane, poll, present, time.monotonic() - began)

    def _is_lost(self, error: Exception, session: object) -> bool:
        """Whether it is the database that is out of reach, and no statement that failed."""
        if not isinstance(error, (InterfaceError, OperationalError)):
            return False
        present = connections[self.using]
        # The end of a transaction connects again by itself.
        return present.connection is not session or not present.is_usable()

    def _stopped(self, lane: Lane, error: Exception) -> None:
        """Tell of trouble once, not at each poll."""
        is_expected = isinstance(error, TriggerAuditError)
        trouble = str(error) if is_expected else error_text(error)
        if lane.trouble != trouble:
            if not is_expected:
                logger.error("%s cannot go on.", lane, exc_info=error)
            self.reporter.tell(self._notice(lane, notice.STOPPED, error=trouble))
        lane.stopped(trouble)

    def _happened(self, lane: Lane, poll: Poll, present: Horizon, seconds: float) -> None:
        for other in self.lanes:
            if other.subscription is lane.subscription and other.outcome == WAITING:
                # It may have waited for this one.
                other.again()
        if poll.outcome in (FAILED, PARKED):
            # The handler's own connections may be what failed.
            close_old_connections()
        if poll.outcome in (DELIVERED, FAILED, PARKED):
            found = self._notice(
                lane,
                poll.outcome,
                changes=poll.delivered,
                seconds=round(seconds, 6),
                position=poll.position,
                newest=present.newest,
                error=reason(poll),
            )
            self.reporter.tell(found)

    def _notice(self, lane: Lane, event: str, **fields: object) -> Notice:
        of_lane = {"lane": str(lane), "subscription": lane.subscription.name, "shard": lane.shard}
        return Notice(event, **of_lane, **fields)  # type: ignore[arg-type]
