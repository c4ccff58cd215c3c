"""What travels with a task from where it was queued to where it runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trigger_audit import conf
from trigger_audit.context import LazyContext, current_context, is_active

KEY = "trigger_audit"
"""Under which it travels; a release may read what an older one wrote."""


def carried() -> dict[str, Any] | None:
    """What a task queued here and now is to carry; None where nothing was told.

    What is kept from the database is kept from the broker too.
    """
    if not is_active():
        return None
    metadata = current_context()
    return {key: value for key, value in metadata.items() if key not in conf.context_exclude()}


def resumed(told: Any, **task: Any) -> LazyContext:
    """The block that a task runs in. It is not checked again: a task never fails for it."""
    metadata = {**(told if isinstance(told, Mapping) else {}), **task}
    return LazyContext(lambda: metadata)
