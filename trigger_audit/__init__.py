"""An audit trail for Django projects on PostgreSQL, written by the database itself."""

from trigger_audit.context import context, current_context
from trigger_audit.declaration import Audit, register

__all__ = ["Audit", "context", "current_context", "register"]
