"""The moments that an operator types: ``--since`` and ``--until``."""

from __future__ import annotations

import argparse
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_datetime, parse_duration

FORMS = (
    "a date (2026-11-24), a time (2026-11-24T09:30, 2026-11-24T09:30+01:00) or an age (2h, 1 day)"
)


def moment(text: str) -> datetime:
    """The moment that ``text`` names: a date's midnight, a time, or so long ago.

    What has no time zone is of the current one.

    :raises argparse.ArgumentTypeError: for anything else.
    """
    try:
        found = _ago(text) or parse_datetime(text)
    except (ValueError, OverflowError) as error:
        raise argparse.ArgumentTypeError(f"'{text}' is none: {error}. Give {FORMS}.") from error
    if found is None:
        raise argparse.ArgumentTypeError(f"'{text}' is none. Give {FORMS}.")
    return _as_stored(found)


def _ago(text: str) -> datetime | None:
    age = _age(text)
    return None if age is None else timezone.now() - age


def _age(text: str) -> timedelta | None:
    """``2h``, ``1h30m``, ``7d``, ``2w``, ``1 day``, ``P1DT2H``: with a unit, unlike ``20``."""
    if not any(letter in text for letter in "dhmswDHMSW"):
        return None
    short = text.strip().upper()
    if short.endswith("W") and short[:-1].isdecimal():
        return timedelta(weeks=int(short[:-1]))
    ages = (parse_duration(form) for form in (text.strip(), short, f"P{short}", f"PT{short}"))
    return next((age for age in ages if age is not None), None)


def _as_stored(found: datetime) -> datetime:
    """Aware or naive, as the settings have datetimes be."""
    if settings.USE_TZ:
        return timezone.make_aware(found) if timezone.is_naive(found) else found
    return timezone.make_naive(found) if timezone.is_aware(found) else found
