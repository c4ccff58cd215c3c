"""The benchmarks that are projects of their own, each in a process, on the same server."""

import subprocess
import sys

ARGUMENTS = {"cliffs": ("--full",)}
PARTS = {
    "context": "What a context costs",
    "cliffs": "No cliffs",
    "migrate_models": "What migrating costs",
}
"""Modules beside this one, and the headings of what they print."""


def run(name: str) -> str:
    """What a part prints, in full.

    :raises subprocess.CalledProcessError: if it fails.
    """
    print(f"{PARTS[name]} …", file=sys.stderr)
    command = [sys.executable, "-m", f"tests.benchmarks.{name}", *ARGUMENTS.get(name, ())]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip()
