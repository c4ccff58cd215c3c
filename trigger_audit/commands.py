"""Management commands say their name in what they write."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from typing import Any

from django.core.management.base import BaseCommand

from trigger_audit import conf
from trigger_audit.context import LazyContext


def mark() -> None:
    """Have each command tell its name, from the command line and by ``call_command`` alike."""
    original = BaseCommand.execute
    if getattr(original, "tells_command", False):
        return

    @wraps(original)
    def execute(self: BaseCommand, *args: Any, **options: Any) -> Any:
        with _block(self):
            return original(self, *args, **options)

    # The type checker lets functions have no attributes, and methods not be replaced.
    execute.tells_command = True  # type: ignore[attr-defined]
    BaseCommand.execute = execute  # type: ignore[method-assign]


def _block(command: BaseCommand) -> AbstractContextManager[None]:
    name = type(command).__module__.rpartition(".")[2]
    if name in conf.commands_exclude():
        return nullcontext()
    return LazyContext(lambda: {"command": name})
