"""Reads a result of any size, and holds a page of it at a time."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from itertools import islice
from typing import Any

from django.db import connections, transaction
from django.db.models import QuerySet

SIZE = 500
"""How many events are held at a time: each may have two images."""

Pages = Generator[list[Any], None, None]


def pages(queryset: QuerySet[Any, Any], using: str, *, descending: bool = False) -> Pages:
    """The rows of a queryset of events in the order of their ids, page by page.

    :param queryset: of events, or of tuples that begin with the id.
    """
    ordered = queryset.using(using).order_by("-id" if descending else "id")
    if connections[using].settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
        return _by_id(ordered, "id__lt" if descending else "id__gt")
    return _by_cursor(ordered, using)


def _by_cursor(queryset: QuerySet[Any, Any], using: str) -> Pages:
    # Outside a transaction the server would first store the whole result.
    with transaction.atomic(using=using), closing(_rows(queryset)) as rows:
        while page := list(islice(rows, SIZE)):
            yield page


def _rows(queryset: QuerySet[Any, Any]) -> Generator[Any, None, None]:
    yield from queryset.iterator(chunk_size=SIZE)


def _by_id(queryset: QuerySet[Any, Any], beyond: str) -> Pages:
    """For a pool that gives each transaction another session: no cursor outlives one."""
    page = list(queryset[:SIZE])
    while page:
        yield page
        last = page[-1]
        last_id = last[0] if isinstance(last, tuple) else last.pk
        page = list(queryset.filter(**{beyond: last_id})[:SIZE]) if len(page) == SIZE else []
