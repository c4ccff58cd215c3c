"""Worker processes: begun, begun again when they die, and stopped together.

A pipe tells them to stop, by its end of file: also when this process is killed. Signals would add
to those that a terminal or systemd sends to each of them, and the second ends a process at once.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from trigger_audit.feed.notice import DIED, Notice, Reporter
from trigger_audit.feed.pace import Pace
from trigger_audit.feed.stopping import SIGNALS, heard

Work = Callable[[int], int]
"""Called in a process with the file descriptor that tells it to stop; returns the exit code."""

ENDED = 120
"""Added to the exit code of a worker that has done its work: a handler may end it with 0 or 1."""

CRASHED = 70
UNREAD = 74
"""The exit code of a worker whose output nobody reads any more."""

HEALTHY = 30.0
"""Seconds after which a process that dies is begun again at once."""


class Child:
    """One process, or the next one in its place."""

    def __init__(self) -> None:
        self.pid: int | None = None
        self.began = 0.0
        self.begins_at: float | None = 0.0
        self.pace = Pace(0.1, HEALTHY)

    def began_as(self, pid: int) -> None:
        """It runs."""
        self.pid, self.began, self.begins_at = pid, time.monotonic(), None

    def died(self) -> None:
        """It is to begin again, later each time."""
        now = time.monotonic()
        if now - self.began > HEALTHY:
            self.pace.reset()
        self.begins_at = now + self.pace.wait()


class Supervisor:
    """Keeps so many processes at work.

    :param ends: whether a process that ends by itself has done its work.
    """

    def __init__(self, processes: int, work: Work, reporter: Reporter, *, ends: bool) -> None:
        self.children = [Child() for _ in range(processes)]
        self.work = work
        self.reporter = reporter
        self.ends = ends
        self.code = 0
        self.is_stopping = False
        self._reader, self._writer = os.pipe()

    def run(self) -> int:
        """Work until all have ended; return the greatest of their exit codes."""
        with heard((*SIGNALS, signal.SIGCHLD)) as signals:
            while True:
                self._begin_due()
                if not any(each.pid or each.begins_at is not None for each in self.children):
                    break
                ready, _, _ = select.select([signals], [], [], self._pause())
                for number in signals.recv(64) if ready else b"":
                    if number in SIGNALS:
                        self._told(number)
                self._reap()
        signals.close()
        self._stop()
        os.close(self._reader)
        return self.code

    def _pause(self) -> float | None:
        waiting = [each.begins_at for each in self.children if each.begins_at is not None]
        return max(0.0, min(waiting) - time.monotonic()) if waiting else None

    def _begin_due(self) -> None:
        now = time.monotonic()
        for child in self.children:
            if child.begins_at is not None and child.begins_at <= now:
                self._begin(child)

    def _begin(self, child: Child) -> None:
        # What is not written yet would be written twice.
        sys.stdout.flush()
        sys.stderr.flush()
        # Until the process has let go of what hears its parent's signals.
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        pid = os.fork()
        if pid == 0:
            self._be_a_child()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        child.began_as(pid)

    def _be_a_child(self) -> NoReturn:
        code = CRASHED
        try:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            os.close(self._writer)
            code = ENDED + self.work(self._reader)
            sys.stdout.flush()
            sys.stderr.flush()
        except BrokenPipeError:
            code = UNREAD
        except BaseException:  # noqa: BLE001  # The process ends here, whatever it was.
            with suppress(OSError):
                traceback.print_exc()
        finally:
            # Nothing that its parent is to do at its end.
            os._exit(code)

    def _told(self, number: int) -> None:
        """Stop at the first signal; at the second have all end at once."""
        if self.is_stopping:
            for child in self.children:
                if child.pid is not None:
                    os.kill(child.pid, signal.SIGKILL)
            os._exit(128 + number)
        self._stop()

    def _stop(self) -> None:
        if not self.is_stopping:
            self.is_stopping = True
            os.close(self._writer)
        for child in self.children:
            child.begins_at = None

    def _reap(self) -> None:
        for child in self.children:
            if child.pid is not None:
                pid, status = os.waitpid(child.pid, os.WNOHANG)
                if pid:
                    child.pid = None
                    self._ended(child, pid, os.waitstatus_to_exitcode(status))

    def _ended(self, child: Child, pid: int, code: int) -> None:
        if code == UNREAD:
            self._stop()
        elif self.is_stopping or (self.ends and code >= ENDED):
            self.code = max(self.code, code - ENDED if code >= ENDED else code)
        else:
            how = f"by signal {-code}" if code < 0 else f"with code {code}"
            self.reporter.tell(Notice(DIED, error=f"Process {pid} ended {how}; another begins."))
            child.died()
