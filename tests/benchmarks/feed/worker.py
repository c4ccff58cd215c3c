"""A worker in a process of its own, with a handler that does nothing.

``python -m tests.benchmarks.feed.worker PAGE`` delivers all there is, and prints what that took as
JSON. With ``--beside`` it delivers what is written from now on, until it is told to stop.
"""

import json
import sys
import time
from pathlib import Path
from typing import NamedTuple

import django

NAME = "benchmark"


class Taken(NamedTuple):
    """``memory`` is the most MB that the process had, ``before`` those it had to begin with."""

    changes: int
    seconds: float
    before: float
    memory: float


class Tally:
    """Adds up what is delivered."""

    changes = 0

    def tell(self, notice: object) -> None:
        self.changes += getattr(notice, "changes", None) or 0

    def tick(self) -> None:
        pass


def megabytes(name: str) -> float:
    """A size of this process: ``VmRSS`` or its peak, ``VmHWM``."""
    sizes = (line.split() for line in Path("/proc/self/status").read_text().splitlines())
    return next(int(size[1]) / 1000 for size in sizes if size[0] == f"{name}:")


def serve(page: int, start: str, *, until_idle: bool) -> Taken:
    from trigger_audit import feed
    from trigger_audit.feed.goal import Forever, UntilIdle
    from trigger_audit.feed.stopping import stoppable
    from trigger_audit.feed.worker import Worker
    from trigger_audit.subscription import subscribe, subscriptions

    subscribe("library.Book", name=NAME, start=start, batch_size=page)(len)
    feed.reset(NAME)
    tally, before, began = Tally(), megabytes("VmRSS"), time.monotonic()
    print("ready", flush=True)
    with stoppable() as stop:
        goal = UntilIdle() if until_idle else Forever()
        Worker(subscriptions, "default", stop=stop, reporter=tally, goal=goal).run()
    seconds = time.monotonic() - began
    return Taken(tally.changes, seconds, before, megabytes("VmHWM"))


if __name__ == "__main__":
    django.setup()
    beside = "--beside" in sys.argv
    taken = serve(int(sys.argv[1]), "latest" if beside else "earliest", until_idle=not beside)
    print(json.dumps(taken._asdict()))
