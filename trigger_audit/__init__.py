"""An audit trail for Django projects on PostgreSQL, written by the database itself."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from trigger_audit.context import context, current_context
from trigger_audit.declaration import Audit, register
from trigger_audit.subscription import subscribe

if TYPE_CHECKING:
    from trigger_audit.history import AuditHistory
    from trigger_audit.point_in_time import as_of
    from trigger_audit.revert.actions import revert_transaction
    from trigger_audit.revert.restore import restore

__all__ = [
    "Audit",
    "AuditHistory",
    "as_of",
    "context",
    "current_context",
    "register",
    "restore",
    "revert_transaction",
    "subscribe",
]

# What needs models: this module is imported before there are any.
_LATER = {
    "AuditHistory": "trigger_audit.history",
    "as_of": "trigger_audit.point_in_time",
    "restore": "trigger_audit.revert.restore",
    "revert_transaction": "trigger_audit.revert.actions",
}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(import_module(_LATER[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
