"""Moments between writes, by the clock that events have, and what there was."""

from tests.capture.events import query


def moment():
    (now,) = query("SELECT clock_timestamp()")
    return now


def titles(books):
    return list(books.values_list("title", flat=True))
