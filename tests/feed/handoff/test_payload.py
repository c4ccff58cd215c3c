"""What a task is called with, and the change that it is of."""

import json
from decimal import Decimal

import pytest
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.test.utils import isolate_apps
from django.utils import timezone

import trigger_audit
from tests.awkward.models import Composite, TextKey, UuidKey
from tests.example.models import Book, Loan
from tests.feed.conftest import drain
from tests.feed.test_awkward import CASES
from trigger_audit import declaration, feed
from trigger_audit.exceptions import UnknownModel
from trigger_audit.feed import Change
from trigger_audit.feed.change import Row
from trigger_audit.feed.sources import LAST, Source
from trigger_audit.models import AuditEvent

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sent(subscribe):
    """Delivers to a handler; what its changes are, and what a task gets of them."""

    def deliver(*models, **options):
        changes = []
        subscribe(*models, handler=changes.extend, **options)
        drain()
        payloads = [feed.payload(change, "test") for change in changes]
        return changes, json.loads(json.dumps(payloads))

    return deliver


def test_a_payload_is_the_change_in_types_of_json(sent):
    with trigger_audit.context(user=7):
        book = Book.objects.create(title="Emma", price="7.50")
    (change,), (payload,) = sent(Book)
    event = AuditEvent.objects.get(table_name="library_book")
    row = {"id": book.pk, "title": "Emma", "price": "7.50", "publisher": None}
    assert payload == {
        "subscription": "test",
        "idempotency_key": f"test:1:{event.pk}",
        "database": "default",
        "model": "library.Book",
        "operation": "INSERT",
        "key": book.pk,
        "old": None,
        "new": row,
        "context": {"user": 7},
        "at": event.at.isoformat(),
        "txid": event.txid,
        "event_id": event.pk,
        "db_user": connection.settings_dict["USER"],
        "table_schema": "public",
        "table_name": "library_book",
        "object_id": str(book.pk),
        "new_object_id": str(book.pk),
    }
    assert payload["idempotency_key"] == change.idempotency_key


def told(change):
    """What a change tells by itself."""
    event = change.event
    return {
        "operation": change.operation,
        "model": change.model,
        "keys": (change.old_key, change.key),
        "images": (change.old, change.new),
        "changes": change.changes,
        "context": change.context,
        "at": change.at,
        "txid": change.txid,
        "idempotency_key": change.idempotency_key,
        "event": (event.pk, event.db_user, event.table_schema, event.table_name, event.object_id),
    }


def test_a_task_has_the_change_back_whatever_its_keys_and_columns_are(sent, session):
    for model, rows in CASES:
        for values in rows:
            model.objects.create(**values)
    UuidKey.objects.update(name="another")
    UuidKey.objects.all()[0].delete()
    session.execute("TRUNCATE captured_product CASCADE")
    changes, payloads = sent(*(model for model, _ in CASES))
    assert len(changes) > 100
    for change, payload in zip(changes, payloads, strict=True):
        assert told(feed.received(payload)) == told(change)
    for model, _ in CASES:
        # Django's flush does not know all of these tables.
        model.objects.all().delete()


def test_keys_are_such_that_the_row_is_found_by_them(sent):
    made = [
        UuidKey.objects.create(name="a"),
        TextKey.objects.create(code="b"),
        Composite.objects.create(row="c", number=7),
    ]
    _, payloads = sent(UuidKey, TextKey, Composite)
    assert [payload["key"] for payload in payloads] == [str(made[0].pk), "b", ["c", 7]]
    both = zip(made, payloads, strict=True)
    assert [type(row).objects.get(pk=payload["key"]) for row, payload in both] == made
    assert [feed.received(payload).instance() for payload in payloads] == made


def test_rows_that_were_there_before_are_no_events(sent):
    book = Book.objects.create(title="Emma", price=1)
    (change,), (payload,) = sent(Book, start="backfill")
    assert (payload["operation"], payload["event_id"], payload["key"]) == (
        "SNAPSHOT",
        None,
        book.pk,
    )
    assert told(feed.received(payload)) == told(change)


def test_what_is_redacted_stays_so(sent):
    book = Book.objects.create(title="Emma", price=1)
    Loan.objects.create(book=book, card_number="42")
    _, (payload,) = sent(Loan)
    assert (
        payload["new"]["card_number"] == feed.received(payload).new["card_number"] == "[redacted]"
    )


@isolate_apps("tests.example")
def test_numbers_are_text_where_a_number_of_json_would_not_be_the_same(monkeypatch):
    class Measure(models.Model):
        exact = models.DecimalField(max_digits=40, decimal_places=20)
        exact_list = ArrayField(models.DecimalField(max_digits=5, decimal_places=2))
        float = models.FloatField()
        float_list = ArrayField(models.FloatField())
        anything = models.JSONField()

        class Meta:
            app_label = "library"

    exact = '"exact": 12345678901234567890.10, "exact_list": [1.50, null]'
    others = '"float": 0.1, "float_list": [1.5], "anything": {"a": [1.5, 7, "1.50"]}'
    new = f"{{{exact}, {others}}}"
    row = Row(7, timezone.now(), 1, "INSERT", "", "", "1", None, new, None, "", "1")
    fields = {field.column: field for field in Measure._meta.concrete_fields}
    source = Source(Measure, "", "", 0, LAST, fields, ("INSERT",), None)
    change = Change(row, source, "test:1", "default")
    payload = json.loads(json.dumps(feed.payload(change, "test")))
    assert payload["new"] == {
        "exact": "12345678901234567890.10",
        "exact_list": ["1.50", None],
        "float": 0.1,
        "float_list": [1.5],
        "anything": {"a": [1.5, 7, "1.50"]},
    }
    monkeypatch.setattr(declaration, "find_model", lambda apps, label: Measure)
    assert feed.received(payload).new == change.new
    assert change.new["exact"] == Decimal("12345678901234567890.10")


def test_a_field_that_is_gone_is_left_out(sent):
    Book.objects.create(title="Emma", price=1)
    (change,), (payload,) = sent(Book)
    payload["new"]["pages"] = 7
    assert feed.received(payload).new == change.new


def test_a_model_that_is_gone_is_told(sent):
    Book.objects.create(title="Emma", price=1)
    _, (payload,) = sent(Book)
    with pytest.raises(UnknownModel, match=r"'library\.Tome', of test"):
        feed.received({**payload, "model": "library.Tome"})
