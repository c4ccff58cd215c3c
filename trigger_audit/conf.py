"""The settings of this package."""

from django.conf import settings


def context_max_bytes() -> int:
    """TRIGGER_AUDIT_CONTEXT_MAX_BYTES: the largest context, in bytes of JSON."""
    return getattr(settings, "TRIGGER_AUDIT_CONTEXT_MAX_BYTES", 4096)


def context_exclude() -> frozenset[str]:
    """TRIGGER_AUDIT_CONTEXT_EXCLUDE: keys that are left out of what is sent to the database."""
    return frozenset(getattr(settings, "TRIGGER_AUDIT_CONTEXT_EXCLUDE", ()))
