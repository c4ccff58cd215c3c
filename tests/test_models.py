"""The audit table as a model that reads."""

from decimal import Decimal

import pytest

from tests.example.models import Book
from trigger_audit.models import AuditEvent

pytestmark = pytest.mark.django_db


def test_an_event_reads_as_it_was_written() -> None:
    book = Book.objects.create(title="Emma", price="5.10")
    event = AuditEvent.objects.get(table_name="library_book")
    row = {"id": book.pk, "title": "Emma", "price": Decimal("5.10"), "publisher_id": None}
    assert (event.op, event.table_schema, event.object_id) == ("INSERT", "public", str(book.pk))
    assert (event.old, event.new, event.context) == (None, row, None)
    assert str(event.new["price"]) == "5.10"
    assert str(event) == f"INSERT library_book {book.pk}"


def test_transactions_are_found_by_their_number() -> None:
    Book.objects.create(title="Emma", price="5.10")
    event = AuditEvent.objects.get(table_name="library_book")
    assert isinstance(event.txid, int)
    assert AuditEvent.objects.get(txid=event.txid) == event
    assert AuditEvent.objects.get(txid__in=[event.txid, event.txid + 1]) == event
    assert not AuditEvent.objects.filter(txid=event.txid + 1).exists()
