"""What ``--since`` and ``--until`` take."""

import argparse
from datetime import datetime, timedelta, timezone

import pytest
from django.utils import timezone as django_timezone

from trigger_audit.management.audit.moments import moment

NOW = datetime(2026, 11, 24, 12, tzinfo=timezone.utc)


@pytest.fixture
def now(monkeypatch):
    monkeypatch.setattr(django_timezone, "now", lambda: NOW)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-01", "2026-11-01 00:00:00+01:00"),
        ("2026-07-01", "2026-07-01 00:00:00+02:00"),
        ("2026-11-01T09:30", "2026-11-01 09:30:00+01:00"),
        ("2026-11-01 09:30:15.123456", "2026-11-01 09:30:15.123456+01:00"),
        ("2026-11-01T09:30+05:30", "2026-11-01 09:30:00+05:30"),
        ("2026-11-01T09:30Z", "2026-11-01 09:30:00+00:00"),
    ],
)
def test_dates_and_times_are_of_the_current_time_zone(text, expected, settings):
    settings.TIME_ZONE = "Europe/Vienna"
    assert str(moment(text)) == expected


def test_naive_where_the_project_is(settings):
    settings.USE_TZ = False
    settings.TIME_ZONE = "Europe/Vienna"
    assert moment("2026-11-01T09:30") == datetime(2026, 11, 1, 9, 30)
    assert moment("2026-11-01T09:30Z") == datetime(2026, 11, 1, 10, 30)


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("2h", timedelta(hours=2)),
        ("90m", timedelta(minutes=90)),
        ("1h30m", timedelta(hours=1, minutes=30)),
        ("30s", timedelta(seconds=30)),
        ("7d", timedelta(days=7)),
        ("2w", timedelta(weeks=2)),
        ("1 day", timedelta(days=1)),
        ("3 days", timedelta(days=3)),
        ("1 day 02:00:00", timedelta(days=1, hours=2)),
        ("P1DT2H", timedelta(days=1, hours=2)),
    ],
)
def test_ages(text, age, now):
    assert moment(text) == NOW - age


@pytest.mark.parametrize(
    "text", ["", "20", "10:30", "yesterday", "2026-13-01", "2026-02-30", "day", "99999999999d"]
)
def test_anything_else_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError, match=r"2026-11-24T09:30"):
        moment(text)
