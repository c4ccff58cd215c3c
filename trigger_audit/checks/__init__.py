"""The system checks: mistakes in declarations and dangers in databases, each with its remedy."""

from trigger_audit.checks.registry import raise_on_errors, register

__all__ = ["raise_on_errors", "register"]
