"""``manage.py audit show`` tells all of one event."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

import trigger_audit
from tests.commands.library import event, lines, write
from tests.example.models import Publisher
from trigger_audit.models import AuditEvent

pytestmark = pytest.mark.django_db


def test_all_of_it():
    ann, publisher, book = write()
    found = event(table_name="library_book", op="UPDATE")
    others = AuditEvent.objects.exclude(pk=found.pk).order_by("id")
    told = lines("show", str(found.pk))
    start = [
        f"Event {found.pk}",
        f"what          UPDATE library.Book {book.pk}",
        "table         public.library_book",
        f"when          {timezone.localtime(found.at).isoformat(' ', 'microseconds')}",
        "who           ann",
        f"database user {found.db_user}",
        f"transaction   {found.txid}",
        "context",
        f"    user: {ann.pk}",
        "    reason: import",
        "    username: ann",
        "changes",
        "    price: 5.10 -> 6.20",
        "    publisher: Faber -> null",
        "in the same transaction",
    ]
    assert told[: len(start)] == start
    assert [line.split()[0] for line in told[len(start) :]] == [f"#{each.pk}" for each in others]
    assert f"INSERT library.Publisher {publisher.pk} by" in told[len(start) + 1]


def test_long_values_are_not_cut():
    Publisher.objects.create(name="x" * 300)
    assert f"    name: {'x' * 300}" in lines("show", str(event().pk))


def test_alone_in_its_transaction():
    Publisher.objects.create(name="Faber")
    told = lines("show", str(event().pk))
    assert "in the same transaction" not in told
    assert "context" not in told


def test_of_a_large_transaction():
    Publisher.objects.bulk_create(Publisher(name=str(number)) for number in range(22))
    first = AuditEvent.objects.order_by("id").first()
    told = lines("show", str(first.pk))
    shown = told[told.index("in the same transaction") + 1 :]
    assert len(shown) == 21
    assert shown[-1] == f"    and more: manage.py audit log --transaction={first.txid}"


def test_json():
    with trigger_audit.context(reason="typo"):
        Publisher.objects.create(name="Faber")
    (line,) = lines("show", str(event().pk), "--format=json")
    assert lines("log", "--format=json") == [line]
    assert json.loads(line)["context"] == {"reason": "typo"}


@pytest.mark.parametrize("number", ["0", "99999999999999999999999"])
def test_that_does_not_exist(number):
    with pytest.raises(CommandError) as raised:
        call_command("audit", "show", number)
    assert str(raised.value) == f"There is no event {number}. manage.py audit log lists them."


def test_that_is_no_number():
    with pytest.raises(CommandError, match="invalid int value: 'x'"):
        call_command("audit", "show", "x")
