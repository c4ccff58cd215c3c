"""Moments between writes, by the clock that events have."""

from tests.capture.events import query


def moment():
    (now,) = query("SELECT clock_timestamp()")
    return now
