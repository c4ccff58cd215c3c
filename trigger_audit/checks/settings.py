"""Checks of the settings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from ipaddress import ip_network
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error

from trigger_audit import conf
from trigger_audit.remote_address import UNIX
from trigger_audit.workers import QUEUES
from trigger_audit.workers.registry import is_installed

MOST_BYTES = 8192
"""What ``sql_templates/parse_context.sql`` reads."""

# Without "_": servers drop such headers.
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^`|~-]+")


def check_settings(
    app_configs: Sequence[AppConfig] | None = None,  # noqa: ARG001  # Settings are the project's.
    **kwargs: Any,  # noqa: ARG001  # Checks must take what Django will add.
) -> list[CheckMessage]:
    """The settings are of the types and values that we can do something with."""
    return [
        *_check_size(),
        *_check_lists(),
        *_check_headers(),
        *_check_proxies(),
        *_check_workers(),
    ]


def _check_size() -> Iterator[CheckMessage]:
    size = conf.context_max_bytes()
    if not isinstance(size, int) or isinstance(size, bool) or not 0 < size <= MOST_BYTES:
        yield Error(
            f"TRIGGER_AUDIT_CONTEXT_MAX_BYTES is {size!r}.",
            hint=f"It is a number from 1 to {MOST_BYTES}.",
            id="trigger_audit.E030",
        )


def _check_lists() -> Iterator[CheckMessage]:
    for name in ("CONTEXT_EXCLUDE", "COMMANDS_EXCLUDE", "TRUSTED_PROXIES", "WORKERS"):
        if not _is_list_of_text(getattr(settings, f"TRIGGER_AUDIT_{name}", ())):
            yield Error(
                f"TRIGGER_AUDIT_{name} is no list of strings.",
                hint="Write a list, also for one: a string alone counts as its letters.",
                id="trigger_audit.E031",
            )


def _check_headers() -> Iterator[CheckMessage]:
    for name in ("REQUEST_ID_HEADER", "REMOTE_ADDR_HEADER"):
        header = getattr(settings, f"TRIGGER_AUDIT_{name}", None)
        if header is not None and not (isinstance(header, str) and _HEADER.fullmatch(header)):
            yield Error(
                f"TRIGGER_AUDIT_{name} is {header!r}, which is no name of a header.",
                hint='Write it as HTTP does, "X-Forwarded-For", not as request.META does.',
                id="trigger_audit.E032",
            )


def _check_proxies() -> Iterator[CheckMessage]:
    proxies = conf.trusted_proxies()
    wrong = [each for each in proxies if not _is_network(each)] if _is_list_of_text(proxies) else []
    if wrong:
        yield Error(
            f"TRIGGER_AUDIT_TRUSTED_PROXIES holds what is no network: {', '.join(wrong)}.",
            hint=f'Write addresses or networks, "10.0.0.0/8", or "{UNIX}" for a Unix socket.',
            id="trigger_audit.E033",
        )
    if bool(proxies) != bool(conf.remote_addr_header()):
        yield checks.Warning(
            "Only one of TRIGGER_AUDIT_REMOTE_ADDR_HEADER and TRIGGER_AUDIT_TRUSTED_PROXIES is set:"
            " remote addresses are those of who connects, be it a proxy.",
            hint="Set both, or neither.",
            id="trigger_audit.W004",
        )


def _check_workers() -> Iterator[CheckMessage]:
    workers = conf.workers()
    missing = (
        [each for each in workers if not is_installed(each)] if _is_list_of_text(workers) else []
    )
    if missing:
        yield Error(
            f"TRIGGER_AUDIT_WORKERS names {', '.join(missing)}, which is unknown or not installed.",
            hint=f"It takes {' and '.join(map(repr, QUEUES))}; for others see docs/context.md.",
            id="trigger_audit.E034",
        )


def _is_list_of_text(value: Any) -> bool:
    is_list = isinstance(value, (list, tuple, set, frozenset))
    return is_list and all(isinstance(each, str) for each in value)


def _is_network(told: str) -> bool:
    try:
        return told == UNIX or bool(ip_network(told, strict=False))
    except ValueError:
        return False
