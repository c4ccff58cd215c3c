"""The query parameters of a history."""

from datetime import timedelta

import pytest

from trigger_audit.models import AuditEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def operations(get, book):
    return lambda **parameters: [
        each["op"] for each in get(f"/priceless/{book.pk}/history/", **parameters)
    ]


def test_of_some_days(operations, book):
    first = AuditEvent.objects.filter(table_name="library_book").order_by("id").first()
    after = (first.at + timedelta(microseconds=1)).isoformat()
    assert operations(since=after) == ["UPDATE"]
    assert operations(until=after) == ["INSERT"]
    assert operations(since=after, until=after) == []


def test_by_somebody(operations, ann):
    assert operations(by="ann") == operations(by=ann.pk) == ["UPDATE"]
    assert operations(by="bob") == []


def test_operations(operations):
    assert operations(op="INSERT") == ["INSERT"]
    assert operations(op=["INSERT", "UPDATE"]) == ["UPDATE", "INSERT"]
    assert operations(op="DELETE") == []


def test_transactions(operations):
    txid = AuditEvent.objects.first().txid
    assert operations(transaction=txid) == ["UPDATE", "INSERT"]
    assert operations(transaction=txid + 1) == []


def test_changed_fields(operations, get, book):
    assert "UPDATE" in operations(changed="publisher")
    assert "UPDATE" not in operations(changed="title")
    assert "UPDATE" in operations(changed=["title", "publisher"])
    assert get(f"/books/{book.pk}/history/", changed="price", op="UPDATE") != []


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("since", "yesterday"),
        ("until", "2026-13-01"),
        ("op", "MERGE"),
        ("transaction", "x"),
        ("transaction", "-1"),
        ("transaction", str(2**64)),
        ("changed", "price"),
        ("changed", "no_such_field"),
    ],
)
def test_mistakes_are_told(parameter, value, client, book, settings):
    """A hidden field is one of them: what is found would tell of its values."""
    settings.ROOT_URLCONF = "tests.rest_framework.site"
    response = client.get(f"/priceless/{book.pk}/history/", {parameter: value})
    assert (response.status_code, list(response.json())) == (400, [parameter])


@pytest.mark.parametrize("name", ["publisher", "publisher_id", "pk"])
def test_a_hidden_field_is_hidden_by_any_name(name, client, book, settings):
    settings.ROOT_URLCONF = "tests.rest_framework.site"
    response = client.get(f"/private/{book.pk}/history/", {"changed": name})
    assert response.json() == {"changed": [f"There is no field '{name}'."]}
