"""How ``manage.py audit consume`` tells of its work: to people, and to machines."""

from __future__ import annotations

import json
import os
import shutil
import time
from dataclasses import asdict
from datetime import datetime, timezone

from django.core.management.base import OutputWrapper

from trigger_audit.feed import notice
from trigger_audit.feed.notice import Notice
from trigger_audit.feed.outcome import DELIVERED, FAILED, PARKED

PROBLEMS = {FAILED, PARKED, notice.STOPPED, notice.DISCONNECTED, notice.DIED}

IN_PLACE, LINE = 1.0, 10.0
"""Seconds between two lines of progress: on a terminal, and elsewhere."""

ERASE = "\r\x1b[K"


class JsonLines:
    """One object a line, and each line at once."""

    def __init__(self, stdout: OutputWrapper, *, only_problems: bool = False) -> None:
        self.stdout = stdout
        self.only_problems = only_problems

    def tell(self, told: Notice) -> None:
        """Write it, less what there is not."""
        if self.only_problems and told.event not in PROBLEMS:
            return
        at = datetime.now(timezone.utc).isoformat(timespec="microseconds")
        fields = {
            name: value
            for name, value in asdict(told).items()
            if value is not None and name != "lane"
        }
        self.stdout.write(json.dumps({"at": at, "pid": os.getpid(), **fields}))
        self.stdout.flush()

    def tick(self) -> None:
        """Nothing: machines add up by themselves."""


class Text:
    """Problems at once, and progress from time to time."""

    def __init__(
        self, stdout: OutputWrapper, stderr: OutputWrapper, *, verbosity: int, is_alone: bool
    ) -> None:
        self.stdout = stdout
        self.stderr = stderr
        self.verbosity = verbosity
        self.is_alone = is_alone
        # One line cannot be rewritten by several.
        self.in_place = is_alone and stdout.isatty()
        self.changes = 0
        self._told_at = time.monotonic()
        self._told = 0
        self._last: Notice | None = None
        self._is_line_open = False

    def tell(self, told: Notice) -> None:
        """Say what cannot wait."""
        if told.event in PROBLEMS:
            self._write(self.stderr, sentence(told))
        elif self.verbosity == 0:
            return
        elif told.event == DELIVERED:
            self._delivered(told)
        elif told.event == notice.ENDED:
            self._progress()
            self._close_line()
        else:
            self._write(self.stdout, sentence(told))

    def tick(self) -> None:
        """Say how far it is, if it is time to."""
        pause = IN_PLACE if self.in_place else LINE
        if time.monotonic() - self._told_at >= pause:
            self._progress()

    def _delivered(self, told: Notice) -> None:
        self.changes += told.changes or 0
        self._last = told
        if self.verbosity > 1:
            self._write(self.stdout, sentence(told))

    def _progress(self) -> None:
        told = self.changes - self._told
        if not told or self._last is None:
            return
        now = time.monotonic()
        rate = told / max(now - self._told_at, 0.001)
        text = f"{self.changes:,} changes delivered, {rate:,.0f}/s; {where(self._last)}"
        self._told, self._told_at = self.changes, now
        if not self.in_place:
            self._write(self.stdout, text)
            return
        width = shutil.get_terminal_size().columns - 1
        self.stdout.write(ERASE + text[:width], ending="")
        self.stdout.flush()
        self._is_line_open = True

    def _write(self, stream: OutputWrapper, text: str) -> None:
        self._close_line()
        stream.write(text if self.is_alone else f"[{os.getpid()}] {text}")
        stream.flush()

    def _close_line(self) -> None:
        """Leave the line that was rewritten in place as it is."""
        if self._is_line_open:
            self._is_line_open = False
            self.stdout.write("")


def where(told: Notice) -> str:
    """How far a lane is."""
    newest = max(told.newest or 0, told.position or 0)
    return f"{told.lane} at event {told.position:,} of {newest:,}"


def sentence(told: Notice) -> str:
    """A notice for people."""
    if told.event == notice.STARTED:
        return f"Serving {told.subscription}."
    if told.event == DELIVERED:
        return f"{told.changes:,} changes delivered in {told.seconds:.3f} s; {where(told)}"
    if told.event == FAILED:
        return f"{told.lane} failed: {told.error}"
    if told.event == PARKED:
        return f"{told.lane} parked a change: {told.error}"
    texts = {
        notice.STOPPED: f"{told.lane} cannot go on: {told.error}",
        notice.GOES_ON: f"{told.lane} goes on.",
        notice.DISCONNECTED: f"The database is out of reach: {told.error}",
        notice.CONNECTED: "The database is back.",
        notice.DIED: told.error or "",
    }
    return texts[told.event]
