"""An audit trail for Django projects on PostgreSQL, written by the database itself."""

from trigger_audit.declaration import Audit, register

__all__ = ["Audit", "register"]
