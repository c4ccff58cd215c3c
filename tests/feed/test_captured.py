"""capture_events(), in a transaction that ends with the test and where all is committed."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from tests.example.models import Book, Loan, Publisher
from tests.feed.conftest import make
from trigger_audit.exceptions import NotAudited, UnknownModel
from trigger_audit.testing import capture_events

transactional = pytest.mark.django_db(transaction=True)


def test_events_of_a_block(either):
    make(1)
    with capture_events(Book) as events:
        assert events == []
        make(2)
        assert [event.op for event in events] == ["INSERT"]
        Publisher.objects.create(name="a")
        Book.objects.filter(pk=2).update(price=3)
        Book.objects.filter(pk=2).delete()
    make(4)
    assert [(e.op, e.object_id, (e.new or e.old)["price"]) for e in events] == [
        ("INSERT", "2", Decimal("0.00")),
        ("UPDATE", "2", Decimal("3.00")),
        ("DELETE", "2", Decimal("3.00")),
    ]
    assert (len(events), events[-1].op, events[:1]) == (3, "DELETE", [events[0]])
    assert str(events).startswith("[<AuditEvent: INSERT library_book 2>, ")


def test_events_of_several_models_and_of_all(either):
    with capture_events() as everything, capture_events("library.Loan", Publisher) as some:
        make(1)
        Publisher.objects.create(name="a")
        Loan.objects.create(book_id=1, card_number="1")
    assert [event.table_name for event in some] == ["library_publisher", "library_loan"]
    assert [event.table_name for event in everything] == [
        "library_book",
        "library_publisher",
        "library_loan",
    ]


def test_blocks_nest(either):
    with capture_events(Book) as outer:
        make(1)
        with capture_events(Book) as inner:
            make(2)
        make(3)
    assert [event.object_id for event in outer] == ["1", "2", "3"]
    assert [event.object_id for event in inner] == ["2"]


def test_events_are_read_once(either, django_assert_num_queries):
    with django_assert_num_queries(2), capture_events(Book, Publisher) as events:
        pass
    with django_assert_num_queries(0):
        assert list(events) == []


def test_what_was_rolled_back_is_no_event(either):
    with capture_events() as events:
        with transaction.atomic():
            make(1)
            transaction.set_rollback(True)
        make(2)
    assert [event.object_id for event in events] == ["2"]


def test_an_error_in_the_block_stays_the_error(either):
    # Nothing can be read in the transaction after that.
    with pytest.raises(IntegrityError), transaction.atomic(), capture_events() as events:
        make(1, 1)
    assert events == []


@transactional
def test_events_of_other_sessions(session):
    with capture_events(Book) as events:
        session.execute("INSERT INTO library_book (id, title, price) VALUES (1, '', 0)")
    assert [event.object_id for event in events] == ["1"]


@pytest.mark.django_db(databases=["default", "other"])
def test_events_of_another_database():
    with capture_events(using="other") as events:
        make(1)
        Book.objects.using("other").create(pk=2, title="", price=0)
    assert [event.object_id for event in events] == ["2"]


def test_events_of_what_is_no_audited_model():
    with pytest.raises(NotAudited, match=r"library\.Tag"):
        capture_events("library.Tag")
    with pytest.raises(UnknownModel):
        capture_events("library.Nothing")


def test_whoever_may_read_events_can_capture_them(db):
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE tester; GRANT SELECT ON trigger_audit_event TO tester")
        cursor.execute("GRANT SELECT, INSERT ON library_book TO tester")
        cursor.execute("SET LOCAL ROLE tester")
    with capture_events() as events:
        make(1)
    assert [event.object_id for event in events] == ["1"]
