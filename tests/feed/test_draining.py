"""drain(), in a transaction that ends with the test and where all is committed."""

from decimal import Decimal

import pytest
from celery import Celery
from django.db import connection, transaction

from tests.example.models import Book, Publisher
from tests.feed.conftest import make, rows
from trigger_audit.exceptions import EndlessDrain, HandlerRolledBack, UnknownSubscription
from trigger_audit.testing import drain


def test_all_that_was_written_comes_once(either, subscribe):
    got = subscribe(start="latest")
    make(1, 2)
    assert drain() == {"test": 2}
    Book.objects.filter(pk=1).update(price=1)
    assert drain() == {"test": 1}
    Book.objects.all().delete()
    assert drain("test") == {"test": 2}
    assert drain() == {}
    assert got.batches == [
        [("INSERT", 1), ("INSERT", 2)],
        [("UPDATE", 1)],
        [("DELETE", 1), ("DELETE", 2)],
    ]


@pytest.mark.parametrize("start", ["latest", "earliest", "backfill"])
def test_rows_that_a_test_wrote_are_changes_wherever_it_starts(either, subscribe, start):
    got = subscribe(start=start)
    make(1)
    drain()
    assert got.changes == [("INSERT", 1)]


def test_a_change_is_what_the_feed_delivers(either, subscribe):
    changes = []
    subscribe(handler=changes.extend, name="search")
    make(1)
    Book.objects.update(price=2)
    drain()
    _, change = changes
    assert (change.model, change.key, change.operation) == (Book, 1, "UPDATE")
    assert change.changes == {"price": (Decimal("0.00"), Decimal("2.00"))}
    assert change.instance() == Book(pk=1)
    ((epoch,),) = rows("SELECT epoch FROM trigger_audit_feed_origin")
    assert change.idempotency_key == f"search:{epoch}:{change.event.pk}"


def test_models_operations_fields_and_the_size_of_batches(either, subscribe):
    got = subscribe(Book, operations=["UPDATE"], fields=["price"], batch_size=2)
    make(1, 2, 3)
    Publisher.objects.create(name="a")
    Book.objects.update(title="b")
    Book.objects.order_by("pk").update(price=1)
    assert drain() == {"test": 3}
    assert [len(batch) for batch in got.batches] == [2, 1]
    assert {operation for operation, _ in got.changes} == {"UPDATE"}


def test_lanes_get_their_own_rows_and_meet(either, subscribe):
    got = []

    def handler(batch):
        assert batch.shard in range(3)
        got.extend((batch.shard, change.operation, change.key) for change in batch)

    subscribe(handler=handler, shards=3)
    make(*range(1, 9))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE library_book SET id = id + 100")
    Book.objects.filter(pk__gt=104).delete()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("TRUNCATE library_book CASCADE")
    make(9)
    assert drain() == {"test": 8 + 8 + 4 + 1 + 1}
    expected = dict(
        rows("SELECT id, trigger_audit_feed_shard(id::text, 3) FROM generate_series(1, 120) AS id")
    )
    assert {lane for lane, operation, key in got if operation == "INSERT"} == {0, 1, 2}
    for lane, operation, key in got:
        before = key - 100 if operation == "UPDATE" else key
        assert lane == expected.get(before, 0)
    of_a_row = [operation for _, operation, key in got if key in (8, 108)]
    assert of_a_row == ["INSERT", "UPDATE", "DELETE"]
    assert [operation for _, operation, _ in got[-2:]] == ["TRUNCATE", "INSERT"]


def test_what_handlers_write_is_delivered_too(either, subscribe):
    def name_publishers(batch):
        for change in batch:
            Publisher.objects.create(name=change.new["title"])

    subscribe(Book, handler=name_publishers, name="publishers", operations=["INSERT"])
    got = subscribe(Publisher, name="first")
    make(1)
    assert drain() == {"first": 1, "publishers": 1}
    assert [operation for operation, _ in got.changes] == ["INSERT"]
    assert rows(
        "SELECT context FROM trigger_audit_event WHERE table_name = 'library_publisher'"
    ) in ([('{"subscription": "publishers"}',)], [({"subscription": "publishers"},)])


def test_what_ends_never(either, subscribe, monkeypatch):
    monkeypatch.setattr("trigger_audit.testing.draining.ROUNDS", 5)

    def write_again(batch):
        for change in batch:
            Book.objects.filter(pk=change.key).update(price=change.new["price"] + 1)

    subscribe(handler=write_again, name="again")
    subscribe(Publisher, name="other")
    make(1)
    with pytest.raises(EndlessDrain, match=r"only what differs\. \(again\)$"):
        drain()


def test_those_named_alone(either, subscribe):
    first, second = subscribe(name="first"), subscribe(name="second")
    make(1)
    assert drain("second") == {"second": 1}
    assert (first.changes, second.changes) == ([], [("INSERT", 1)])
    assert drain() == {"first": 1}
    with pytest.raises(UnknownSubscription, match="'secnd'; did you mean second"):
        drain("secnd")


def test_what_a_handler_raises_is_the_test_s(either, subscribe):
    got = subscribe(attempts=1)
    make(1, 2)
    got.failing[2] = ValueError("not this one")
    for _ in range(3):
        with pytest.raises(ValueError, match="not this one") as raised:
            drain()
    assert raised.traceback[-1].name == "__call__"
    got.failing.clear()
    assert drain() == {"test": 2}
    assert got.batches == [[("INSERT", 1), ("INSERT", 2)]]
    assert rows("SELECT * FROM trigger_audit_feed_parked") == []


def test_what_an_atomic_handler_did_goes_with_its_failure(either, subscribe):
    def handler(batch):
        Publisher.objects.create(name="of the handler")
        raise ValueError

    subscribe(handler=handler)
    make(1)
    with pytest.raises(ValueError, match=r"^$"):
        drain()
    assert not Publisher.objects.exists()


def test_a_transaction_that_is_left_to_be_rolled_back(either, subscribe):
    subscribe(handler=lambda batch: transaction.set_rollback(True))
    make(1)
    with pytest.raises(HandlerRolledBack, match="test"):
        drain()
    assert Book.objects.count() == 1


def test_a_handler_that_is_not_atomic_commits_by_itself(either, subscribe):
    def handler(batch):
        with transaction.atomic(durable=True):
            Publisher.objects.create(name="of the handler")
        raise ValueError

    subscribe(handler=handler, atomic=False)
    make(1)
    with pytest.raises(ValueError, match=r"^$"):
        drain()
    assert Publisher.objects.get().name == "of the handler"


def test_a_task_that_its_queue_runs_at_once(either, subscribe):
    app, got = Celery(broker="memory://", set_as_current=False), []
    app.conf.update(task_always_eager=True, task_eager_propagates=True)

    @app.task(name="index")
    def index(change):
        if change["key"] == 2:
            raise ValueError("not this one")
        got.append((change["operation"], change["key"]))

    subscribe(handler=index)
    make(1)
    assert drain() == {"test": 1}
    assert got == [("INSERT", 1)]
    make(2)
    with pytest.raises(ValueError, match="not this one"):
        drain()


def test_a_test_that_writes_nothing(either, subscribe):
    subscribe()
    assert drain() == {}
