"""Real ``manage.py audit consume``, and what its processes did."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from django.db import connection

from tests.feed.conftest import rows

NAME = "library.copy"
COMMAND = [sys.executable, "-m", "django", "audit", "consume", "--format=json"]


def until(condition, seconds=60):
    """What a condition returns, as soon as that is true."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return found


class Workers:
    """Starts them, in the database of the test."""

    def __init__(self, folder):
        self.folder = folder
        self.options = {"name": NAME}
        self.environment = dict(os.environ)
        self.others = []
        self.started = []

    def start(self, *arguments):
        """A process that writes its output, and what it complains of, into files."""
        log = self.folder / f"log {len(self.started)}"
        errors = log.with_suffix(".errors")
        with log.open("w") as output, errors.open("w") as complaints:
            process = self.opened(*arguments, stdout=output, stderr=complaints)
        found = Running(process, log, errors)
        self.started.append(found)
        return found

    def opened(self, *arguments, **streams):
        declared = [self.options, *self.others]
        given = {"folder": str(self.folder), "subscriptions": declared}
        environment = {
            **self.environment,
            "TRIGGER_AUDIT_WORKER_DATABASE": connection.settings_dict["NAME"],
            "TRIGGER_AUDIT_WORKER": json.dumps(given),
            "DJANGO_SETTINGS_MODULE": "tests.feed.project.settings",
        }
        # The example has subscriptions too.
        names = [each["name"] for each in declared]
        return subprocess.Popen([*COMMAND, *names, *arguments], env=environment, **streams)

    def holder(self):
        """The process whose handler holds."""
        (found,) = until(lambda: list(self.folder.glob("holds *")))
        found.unlink()
        return int(found.name.split()[1])

    def go(self):
        (self.folder / "go").touch()

    def end(self):
        """Leave nothing behind, whatever the test did."""
        self.go()
        for running in self.started:
            running.killed()
            for pid in running.pids():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)


class Running:
    """A command that was started."""

    def __init__(self, process, log, errors):
        self.process = process
        self.log = log
        self.errors = errors

    @property
    def pid(self):
        return self.process.pid

    def notices(self, *events):
        """What it told, or what of these kinds."""
        whole = self.log.read_text().rpartition("\n")[0]
        found = [json.loads(line) for line in whole.splitlines()]
        return [each for each in found if not events or each["event"] in events]

    def pids(self):
        """The processes that have served."""
        return [each["pid"] for each in self.notices("started")]

    def serving(self, count=1):
        """The processes, once there were so many."""
        return until(lambda: self.pids() if len(self.pids()) >= count else None)

    def ended(self):
        """Its exit code, and what it complained of."""
        code = self.process.wait(timeout=60)
        return code, self.errors.read_text()

    def killed(self):
        self.process.kill()
        self.process.wait()

    def stopped(self, signum=signal.SIGTERM):
        self.process.send_signal(signum)
        return self.ended()


def delivered(columns="book"):
    """What was delivered, in order."""
    found = rows(f"SELECT {columns} FROM delivered ORDER BY position")
    return [row[0] if len(row) == 1 else row for row in found]


def runs(pid):
    """Whether a process is there, and not just remembered by its parent."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def write(session, *titles, first=1):
    """A book for each title, each in a transaction of its own."""
    for key, title in enumerate(titles, first):
        session.execute(
            "INSERT INTO library_book (id, title, price) VALUES (%s, %s, 0)", [key, title]
        )
