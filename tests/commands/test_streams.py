"""``manage.py audit log`` in a process of its own: much to tell, and nobody who listens."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from tests.audit_command import execute
from trigger_audit.models import AuditEvent

WRITE = "INSERT INTO library_publisher (name) SELECT repeat(n::text, 50) FROM generate_series({}) n"
PROGRAM = """
import os, re, sys
import django
from django.conf import settings
database = settings.DATABASES["default"]
database["NAME"] = os.environ["DATABASE"]
database["DISABLE_SERVER_SIDE_CURSORS"] = os.environ["WAY"] == "by id"
django.setup()
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "audit", "log", *sys.argv[1:]])
status = open("/proc/self/status").read()
print(re.search(r"VmHWM:\\s+(\\d+) kB", status)[1], file=sys.stderr)
"""

pytestmark = pytest.mark.django_db(transaction=True)


def start(*arguments, way="cursor", **options):
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE": connection.settings_dict["NAME"],
        "WAY": way,
    }
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def memory(*arguments, way):
    """The most that the process had, in kB, while it told all."""
    with start(*arguments, way=way, stdout=subprocess.PIPE) as process:
        told = sum(1 for _ in process.stdout)
        peak = process.stderr.read()
        assert process.wait() == 0
    return told, int(peak)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
@pytest.mark.parametrize("way", ["cursor", "by id"])
@pytest.mark.parametrize(
    ("form", "most"),
    # All of the text's events at once take more than 60 MB, but some wait for Python's collector.
    [("text", 30_000), ("json", 6_000), ("csv", 6_000)],
)
def test_memory_does_not_grow_with_the_events(form, most, way):
    execute(WRITE.format("1, 1000"))
    _, little = memory(f"--format={form}", way=way)
    execute(WRITE.format("1001, 30000"))
    told, much = memory(f"--format={form}", way=way)
    assert told >= AuditEvent.objects.count() == 30000
    # All of them at once take 40 MB.
    assert much - little < most


@pytest.mark.parametrize("form", ["text", "json", "csv"])
def test_a_broken_pipe_ends_it_quietly(form):
    execute(WRITE.format("1, 5000"))
    with start(f"--format={form}", stdout=subprocess.PIPE) as process:
        assert process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()
        assert process.wait() == 0
    assert errors.strip().isdecimal()
