"""Results of any size are read page by page, with and without server-side cursors."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.audit_command import execute
from trigger_audit.management.audit import pages as module
from trigger_audit.management.audit.pages import pages
from trigger_audit.models import AuditEvent

pytestmark = pytest.mark.django_db

WRITE = "INSERT INTO library_publisher (name) SELECT 'no. ' || n FROM generate_series(1, 23) AS n"
CURSORS = "SELECT statement FROM pg_cursors WHERE statement LIKE '%trigger_audit_event%'"


@pytest.fixture(params=["cursor", "by id"])
def way(request, monkeypatch):
    disabled = request.param == "by id"
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", disabled)
    return request.param


@pytest.fixture
def ids(monkeypatch):
    monkeypatch.setattr(module, "SIZE", 10)
    execute(WRITE)
    return list(AuditEvent.objects.order_by("id").values_list("id", flat=True))


def test_in_order(way, ids):
    read = list(pages(AuditEvent.objects.all(), "default"))
    assert [[event.pk for event in page] for page in read] == [ids[:10], ids[10:20], ids[20:]]


def test_the_newest_first(way, ids):
    read = list(pages(AuditEvent.objects.values_list("id", "op"), "default", descending=True))
    assert read == [[(each, "INSERT") for each in reversed(part)] for part in split(ids)]


def split(ids):
    return [ids[13:], ids[3:13], ids[:3]]


def test_ends_where_a_page_is_full(way, ids):
    first = AuditEvent.objects.filter(pk__lte=ids[9])
    assert [len(page) for page in pages(first, "default")] == [10]


def test_nothing(way, ids):
    assert list(pages(AuditEvent.objects.none(), "default")) == []


def test_no_more_than_a_page_is_fetched(way, ids):
    """The server keeps a cursor, or is asked for ten rows at a time."""
    with CaptureQueriesContext(connection) as queries:
        read = pages(AuditEvent.objects.values_list("id", "op"), "default")
        next(read)
        with connection.cursor() as cursor:
            cursor.execute(CURSORS)
            open_cursors = len(cursor.fetchall())
        rest = list(read)
    assert [len(page) for page in rest] == [10, 3]
    limited = [each for each in queries.captured_queries if "LIMIT 10" in each["sql"]]
    assert (open_cursors, len(limited)) == ((0, 3) if way == "by id" else (1, 0))
