"""The settings of this package."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings


def context_max_bytes() -> int:
    """TRIGGER_AUDIT_CONTEXT_MAX_BYTES: the largest context, in bytes of JSON."""
    return getattr(settings, "TRIGGER_AUDIT_CONTEXT_MAX_BYTES", 4096)


def context_exclude() -> frozenset[str]:
    """TRIGGER_AUDIT_CONTEXT_EXCLUDE: keys that are left out of what is sent to the database."""
    return frozenset(getattr(settings, "TRIGGER_AUDIT_CONTEXT_EXCLUDE", ()))


def request_id_header() -> str | None:
    """TRIGGER_AUDIT_REQUEST_ID_HEADER: whence a request has its id; None has one made for each."""
    return getattr(settings, "TRIGGER_AUDIT_REQUEST_ID_HEADER", None)


def remote_addr_header() -> str | None:
    """TRIGGER_AUDIT_REMOTE_ADDR_HEADER: where trusted proxies tell whom they speak for."""
    return getattr(settings, "TRIGGER_AUDIT_REMOTE_ADDR_HEADER", None)


def trusted_proxies() -> Sequence[str]:
    """TRIGGER_AUDIT_TRUSTED_PROXIES: addresses or networks; ``"unix"`` for a Unix socket."""
    return getattr(settings, "TRIGGER_AUDIT_TRUSTED_PROXIES", ())


def commands_exclude() -> frozenset[str]:
    """TRIGGER_AUDIT_COMMANDS_EXCLUDE: management commands that do not tell their name."""
    excluded = getattr(settings, "TRIGGER_AUDIT_COMMANDS_EXCLUDE", COMMANDS_EXCLUDE)
    return frozenset(excluded)


def workers() -> Sequence[str]:
    """TRIGGER_AUDIT_WORKERS: the queues whose tasks carry the context on."""
    return getattr(settings, "TRIGGER_AUDIT_WORKERS", ())


COMMANDS_EXCLUDE = ("runserver", "testserver", "test")
"""What serves requests or runs tests, which are not the command's own writes."""
