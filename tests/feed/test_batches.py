"""What a handler gets."""

from datetime import datetime
from decimal import Decimal

import pytest

import trigger_audit
from tests.captured.models import Product
from tests.example.models import Book, Loan, Publisher
from tests.feed.conftest import drain, rows
from trigger_audit import feed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def changes(subscribe):
    """The changes of books that are drained."""
    found = []
    subscribe(Book, handler=found.extend)
    return found


def test_an_insert(changes):
    publisher = Publisher.objects.create(name="Faber")
    with trigger_audit.context(user=7):
        book = Book.objects.create(title="Emma", price=Decimal("9.90"), publisher=publisher)
    drain()
    (change,) = changes
    row = {"id": book.pk, "title": "Emma", "price": Decimal("9.90"), "publisher": publisher.pk}
    assert (change.operation, change.model, change.key) == ("INSERT", Book, book.pk)
    assert (change.old, change.new) == (None, row)
    assert change.changes == {name: (None, value) for name, value in row.items()}
    assert change.context == {"user": 7}
    ((event_id, at, txid),) = rows(
        "SELECT id, at, txid::text FROM trigger_audit_event WHERE table_name = 'library_book'"
    )
    assert (change.at, change.txid) == (at, int(txid))
    assert isinstance(change.at, datetime)
    assert change.idempotency_key == f"test:1:{event_id}"
    assert change.event == trigger_audit.models.AuditEvent.objects.get(pk=event_id)
    assert change.event.new["publisher_id"] == publisher.pk


def test_an_update_and_a_delete(changes):
    book = Book.objects.create(title="Emma", price=1)
    Book.objects.update(price=2)
    key = book.pk
    book.delete()
    drain()
    _, updated, deleted = changes
    old = {"id": key, "title": "Emma", "price": Decimal("1.00"), "publisher": None}
    new = {**old, "price": Decimal("2.00")}
    assert (updated.operation, updated.key, updated.old, updated.new) == ("UPDATE", key, old, new)
    assert updated.changes == {"price": (Decimal("1.00"), Decimal("2.00"))}
    assert (deleted.operation, deleted.key, deleted.old, deleted.new) == ("DELETE", key, new, None)
    assert deleted.changes["title"] == ("Emma", None)


def test_a_truncate(changes, session):
    session.execute("TRUNCATE library_book CASCADE")
    drain()
    (change,) = changes
    assert (change.operation, change.key, change.old, change.new) == ("TRUNCATE", None, None, None)
    assert change.instance() is None


def test_a_changed_key(changes, session):
    session.execute("INSERT INTO library_book (id, title, price) VALUES (1, 'a', 0)")
    session.execute("UPDATE library_book SET id = 2")
    drain()
    _, change = changes
    assert (change.old_key, change.key) == (1, 2)
    assert change.instance() == Book(pk=2)


def test_images_of_changes_and_redacted_values(subscribe):
    found = []
    subscribe(Loan, handler=found.extend)
    book = Book.objects.create(title="a", price=1)
    loan = Loan.objects.create(book=book, card_number="1")
    Loan.objects.update(card_number="2")
    drain()
    inserted, updated = found
    assert inserted.new == {
        "id": loan.pk,
        "book": book.pk,
        "card_number": "[redacted]",
        "returned_at": None,
    }
    assert updated.old == {"card_number": "[redacted]"}
    assert updated.new == {"card_number": "[redacted: changed]"}
    assert updated.changes == {"card_number": ("[redacted]", "[redacted: changed]")}


def test_a_number_that_became_the_text_of_it_changed(subscribe):
    found = []
    subscribe(Product, handler=found.extend, fields=["attributes"], operations=["UPDATE"])
    Product.objects.create(name="pen", attributes=1.5)
    Product.objects.update(attributes="1.5")
    drain()
    assert [change.changes for change in found] == [{"attributes": (1.5, "1.5")}]


def test_instances_are_read_at_once(changes, django_assert_num_queries):
    books = [Book.objects.create(title=str(number), price=1) for number in range(3)]
    Book.objects.filter(pk=books[1].pk).delete()
    drain()
    with django_assert_num_queries(1):
        instances = [change.instance() for change in changes]
    assert instances == [books[0], None, books[2], None]


def test_the_latest_change_of_each_row(subscribe, session):
    found = []
    subscribe(
        Book,
        handler=lambda batch: found.append(
            [(change.operation, change.old_key, change.key) for change in batch.latest()]
        ),
    )
    session.execute("INSERT INTO library_book SELECT id, '', 0 FROM generate_series(1, 4) AS id")
    session.execute("UPDATE library_book SET price = 1 WHERE id = 1")
    session.execute("DELETE FROM library_book WHERE id = 2")
    session.execute("UPDATE library_book SET id = 9 WHERE id = 3")
    session.execute("UPDATE library_book SET price = 2 WHERE id = 9")
    drain()
    assert found == [
        [
            ("INSERT", 4, 4),
            ("UPDATE", 1, 1),
            ("DELETE", 2, 2),
            # The row is no longer where it was.
            ("UPDATE", 3, 9),
            ("UPDATE", 9, 9),
        ]
    ]


def test_a_truncate_takes_the_place_of_what_was_before(subscribe, session):
    found = []
    subscribe(
        Book,
        handler=lambda batch: found.append(
            [(change.operation, change.key) for change in batch.latest()]
        ),
    )
    session.execute("INSERT INTO library_book SELECT id, '', 0 FROM generate_series(1, 3) AS id")
    session.execute("TRUNCATE library_book CASCADE")
    session.execute("INSERT INTO library_book (id, title, price) VALUES (2, '', 0)")
    drain()
    assert found == [[("TRUNCATE", None), ("INSERT", 2)]]


def test_operations_and_fields(subscribe, session):
    got = subscribe(Book, operations=["UPDATE", "DELETE"], fields=["title", "price"])
    session.execute("INSERT INTO library_book (id, title, price) VALUES (1, 'a', 0)")
    session.execute("INSERT INTO library_publisher (id, name) VALUES (1, 'a')")
    session.execute("UPDATE library_book SET publisher_id = 1")
    session.execute("UPDATE library_book SET title = 'b'")
    session.execute("UPDATE library_book SET price = 1")
    session.execute("DELETE FROM library_book")
    session.execute("DELETE FROM library_publisher")
    drain()
    assert got.changes == [("UPDATE", 1), ("UPDATE", 1), ("DELETE", 1)]


def test_several_models_and_links(subscribe):
    found = []
    subscribe(
        Book,
        "library.Publisher",
        Book.tags.through,
        handler=lambda batch: found.extend((change.model, change.operation) for change in batch),
    )
    Publisher.objects.create(name="a")
    book = Book.objects.create(title="a", price=1)
    book.tags.create(name="b")
    drain()
    assert found == [(Publisher, "INSERT"), (Book, "INSERT"), (Book.tags.through, "INSERT")]


def test_what_the_handler_writes_tells_of_the_subscription(subscribe):
    def copy(batch):
        Publisher.objects.create(name="of the handler")

    subscribe(Book, handler=copy)
    Book.objects.create(title="a", price=1)
    feed.run_once("test")
    assert rows(
        "SELECT context ->> 'subscription' FROM trigger_audit_event"
        " WHERE table_name = 'library_publisher'"
    ) == [("test",)]
