"""What the tests of hand-offs share; those of ``django.tasks`` need a Django that has them."""

import os
import shutil
import signal
import subprocess
import sys
from importlib.util import find_spec

import pytest
from django.db import connection

from tests.example.models import Book
from tests.waiting import wait_for
from trigger_audit import feed
from trigger_audit.feed import parking

collect_ignore = [] if find_spec("django.tasks") else ["test_django_tasks.py"]


@pytest.fixture(scope="session")
def redis_socket(tmp_path_factory):
    """A Redis of these tests alone, on a socket in a folder of its own."""
    folder = tmp_path_factory.mktemp("redis")
    path = folder / "socket"
    command = shutil.which("redis-server", path=f"{os.environ['PATH']}:/usr/sbin")
    options = ["--port", "0", "--unixsocket", path, "--dir", folder, "--save", ""]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([command, *options], stdout=log, stderr=log)
    wait_for(path.exists, folder / "log")
    yield path
    server.terminate()
    server.wait(60)


def started(log, is_ready, *command, **environment):
    """A worker's process, in the database of the test, when it is ready."""
    inherited = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.context.worker_settings"}
    database = {"TRIGGER_AUDIT_WORKER_DATABASE": connection.settings_dict["NAME"]}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            env={**inherited, **database, **environment},
            stdout=output,
            stderr=output,
        )
    wait_for(lambda: is_ready in log.read_text(), log)
    return process


def ended(process):
    process.send_signal(signal.SIGTERM)
    process.wait(60)


def noted(log, last):
    """What tasks noted, up to the last one, which a worker takes after all others."""
    wait_for(lambda: Book.objects.filter(title=last).exists(), log)
    return list(Book.objects.order_by("pk").values_list("title", flat=True))


def killed_before_it_commits():
    """A consumer of its own queues a page, and is killed before the position is saved."""
    connection.close()
    child = os.fork()
    if child == 0:
        parking.park = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
        try:
            feed.run_once("test")
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL
    # Else the lane is left alone for a moment.
    feed.resume("test")
