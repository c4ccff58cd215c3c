"""Moments that history is asked about."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from django.conf import settings
from django.utils.timezone import get_default_timezone, is_naive

from trigger_audit.exceptions import InvalidMoment

CLOCKS_DIFFER = timedelta(seconds=1)
"""The moment of an event comes from the database's clock, which may be ahead of ours."""


def moment_of(when: object, ahead: timedelta = CLOCKS_DIFFER) -> datetime:
    """A moment as an aware datetime, at most so much ahead of our clock.

    :raises InvalidMoment: if it is none, naive, or to come.
    """
    if not isinstance(when, datetime):
        raise InvalidMoment(f"{when!r} is no datetime")
    if is_naive(when):
        if settings.USE_TZ:
            raise InvalidMoment(f"{when!r} has no time zone: use django.utils.timezone")
        when = when.replace(tzinfo=get_default_timezone())
    if when > datetime.now(timezone.utc) + ahead:
        raise InvalidMoment(f"{when!r} is to come")
    return when
