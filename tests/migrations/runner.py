"""Runs manage.py commands, each in a process of its own, forked from one that has Django loaded.

A fork of it is as clean as a new process: no settings, no apps, no connection; only the import
of Django, which takes longer than most commands, is done already.
"""

import atexit
import gc
import json
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]
PRELOADED = [
    "django.core.management.commands.makemigrations",
    "django.core.management.commands.migrate",
    "django.core.management.sql",
    "django.core.serializers.json",
    "django.db.migrations.executor",
    "django.http",
    "django.template.defaulttags",
    "django.urls",
    "django.utils.log",
    "django.views.debug",
    "django.views.generic",
    "pgtrigger.core",
]


class Runner:
    """The parent's end: what sends commands to the process that forks."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.migrations.runner"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=REPOSITORY,
            # A module that is written anew within a second may have the size that it had, by which
            # Python would take the bytecode of the former one for its own.
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            text=True,
        )

    def run(self, folder: Path, commands: list[list[str]], answers: str = "") -> tuple[int, str]:
        """Run commands in the project in ``folder``; return the exit code and the output."""
        with tempfile.TemporaryDirectory() as scratch:
            files = {name: str(Path(scratch) / name) for name in ("answers", "output")}
            Path(files["answers"]).write_text(answers)
            request = {"folder": str(folder), "commands": commands, **files}
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
            code = int(self.process.stdout.readline())
            return code, Path(files["output"]).read_text()

    def stop(self) -> None:
        self.process.communicate()


def serve() -> None:
    """The other end: fork for each request, and answer with the exit code."""
    preload()
    gc.freeze()
    replies = os.fdopen(os.dup(1), "w")
    for line in iter(sys.stdin.readline, ""):
        child = os.fork()
        if child == 0:
            leave(execute, json.loads(line))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), file=replies, flush=True)


def preload() -> None:
    """Load what needs no settings."""
    from tests import drivers

    drivers.use(drivers.requested())
    for module in PRELOADED:
        import_module(module)


def leave(function: Callable[[Any], None], argument: Any) -> None:
    """Call a function, and end the process as Python would, save for tidying up."""
    code = 0
    try:
        function(argument)
    except SystemExit as request:
        code = request.code if isinstance(request.code, int) else 1
    except BaseException:  # noqa: BLE001 - whatever a command raises belongs to its output
        traceback.print_exc()
        code = 1
    finally:
        # Coverage is saved here.
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def execute(request: dict[str, Any]) -> None:
    """Run the commands of a request in this process."""
    redirect(request["answers"], request["output"])
    os.chdir(request["folder"])
    sys.path.insert(0, request["folder"])
    os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
    from django.core.management import execute_from_command_line

    for command in request["commands"]:
        sys.argv = ["manage.py", *command]
        execute_from_command_line(sys.argv)


def redirect(answers: str, output: str) -> None:
    source = os.open(answers, os.O_RDONLY)
    target = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for descriptor, replacement in ((0, source), (1, target), (2, target)):
        os.dup2(replacement, descriptor)
    # The parent may have read ahead of the request.
    sys.stdin = os.fdopen(0)


if __name__ == "__main__":
    serve()
