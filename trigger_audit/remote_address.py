"""The address that a request came from, by what trusted proxies tell of it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.http import HttpRequest

from trigger_audit import conf

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

UNIX = "unix"
"""In the setting: whoever connects by a Unix socket, and thus has no address."""


def remote_address(request: HttpRequest) -> str | None:
    """The nearest address that is not a trusted proxy's; None where none is known."""
    peer = request.META.get("REMOTE_ADDR") or ""
    nearest = parse(peer)
    if is_trusted(peer):
        for told in _told_by_proxies(request):
            address = parse(told)
            if address is None:
                break
            nearest = address
            if not is_trusted(told):
                break
    return str(nearest) if nearest else None


def _told_by_proxies(request: HttpRequest) -> Iterator[str]:
    """The nearest first: each proxy adds at the end whom it speaks for."""
    header = conf.remote_addr_header()
    if header:
        yield from reversed(request.headers.get(header, "").split(","))


def is_trusted(told: str) -> bool:
    """Whether it is the address of a proxy of ours; "" stands for a Unix socket."""
    trusted = tuple(conf.trusted_proxies())
    address = parse(told)
    if address is None:
        return not told and UNIX in trusted
    return any(address in network for network in _networks(trusted))


@lru_cache(maxsize=8)
def _networks(trusted: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ip_network(each, strict=False) for each in trusted if each != UNIX)


@lru_cache(maxsize=1024)
def parse(told: str) -> Address | None:
    """An address as proxies write it: perhaps with a port, or in brackets."""
    text = told.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
