"""The benchmarks that are projects of their own, each in a process, on the same server."""

import subprocess
import sys

PARTS = {
    "context": "What a context costs",
    "cliffs": "No cliffs",
    "migrate_models": "What migrating costs",
}
"""Modules beside this one, and the headings of what they print."""


def run(name: str, is_full: bool) -> str:
    """What a part prints.

    :raises subprocess.CalledProcessError: if it fails.
    """
    command = [sys.executable, "-m", f"tests.benchmarks.{name}"]
    takes_mode = name == "cliffs"
    arguments = ["--full"] if is_full and takes_mode else []
    done = subprocess.run([*command, *arguments], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip()
