"""Old and new rows are paired rightly, and told in the order in which they were written."""

from contextlib import closing, contextmanager
from decimal import Decimal
from itertools import pairwise
from threading import Thread

import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import is_psycopg3

from tests.capture.events import (
    deleted,
    execute,
    inserted,
    other_session,
    query,
    recorded,
    updated,
)
from tests.captured.models import Counter, Customer, Order, Seat

pytestmark = pytest.mark.django_db


def counter(number, label):
    return {"number": number, "label": label}


def moved(old, new, label):
    return updated("captured_counter", str(old), counter(old, label), counter(new, label))


@pytest.fixture
def counters():
    """Three rows, numbered from 1, that may swap their numbers."""
    execute("ALTER TABLE captured_counter DROP CONSTRAINT captured_counter_pkey")
    execute("ALTER TABLE captured_counter ADD PRIMARY KEY (number) DEFERRABLE")
    Counter.objects.bulk_create(Counter(number=n, label=label) for n, label in enumerate("abc", 1))


def test_changed_key_is_found_by_the_old_one(counters):
    with recorded() as events:
        execute("UPDATE captured_counter SET number = 9 WHERE number = 1")
    assert events == [moved(1, 9, "a")]


def test_all_keys_shifted(counters):
    with recorded() as events:
        execute("UPDATE captured_counter SET number = number + 1")
    assert sorted(events) == [moved(1, 2, "a"), moved(2, 3, "b"), moved(3, 4, "c")]


@pytest.mark.proof
def test_keys_swapped(counters):
    with recorded() as events:
        execute("UPDATE captured_counter SET number = 4 - number")
    assert sorted(events) == [moved(1, 3, "a"), moved(3, 1, "c")]


def test_key_and_value_changed_at_once(counters):
    with recorded() as events:
        execute("UPDATE captured_counter SET number = -number, label = upper(label)")
    assert sorted(events) == [
        updated("captured_counter", str(number), counter(number, old), counter(-number, new))
        for number, old, new in [(1, "a", "A"), (2, "b", "B"), (3, "c", "C")]
    ]


def test_composite_key_is_a_json_array():
    with recorded() as events:
        Seat.objects.create(hall='the "big" one', number=7)
        Seat.objects.update(guest="Ann")
        Seat.objects.update(number=8)
        Seat.objects.all().delete()
    seat = {"hall": 'the "big" one', "number": 7, "guest": None}
    taken = {**seat, "guest": "Ann"}
    key, new_key = '["the \\"big\\" one", 7]', '["the \\"big\\" one", 8]'
    assert events == [
        inserted("captured_seat", key, seat),
        updated("captured_seat", key, seat, taken),
        updated("captured_seat", key, taken, {**taken, "number": 8}),
        deleted("captured_seat", new_key, {**taken, "number": 8}),
    ]


def test_same_row_several_times_in_one_transaction():
    with recorded() as events:
        customer = Customer.objects.create(name="Ann")
        pk = customer.pk
        for email in ("1", "2", None, "3"):
            customer.email = email
            customer.save()
        customer.delete()
        execute("INSERT INTO captured_customer VALUES (%s, 'Ann')", [pk])
    rows = [{"id": pk, "name": "Ann", "email": email} for email in (None, "1", "2", None, "3")]
    key = str(pk)
    assert events == [
        inserted("captured_customer", key, rows[0]),
        *(updated("captured_customer", key, *pair) for pair in pairwise(rows)),
        deleted("captured_customer", key, rows[-1]),
        inserted("captured_customer", key, rows[0]),
    ]


def test_same_row_several_times_in_one_statement():
    execute(
        "CREATE FUNCTION set_email(customer bigint, address text) RETURNS text LANGUAGE sql AS"
        " 'UPDATE captured_customer SET email = address WHERE id = customer RETURNING address'"
    )
    pk = Customer.objects.create(name="Ann").pk
    with recorded() as events:
        query("SELECT set_email(%s, '1'), set_email(%s, '2'), set_email(%s, '3')", [pk, pk, pk])
    rows = [{"id": pk, "name": "Ann", "email": email} for email in (None, "1", "2", "3")]
    assert events == [updated("captured_customer", str(pk), *pair) for pair in pairwise(rows)]


def test_rows_of_a_large_statement_are_told_in_the_order_of_writing():
    """Rows enough that pairing them does not fit into memory."""
    execute("SET LOCAL work_mem = '64kB'")
    with recorded() as events:
        inserts = numbers(
            "INSERT INTO captured_counter SELECT number, 'label ' || number"
            " FROM generate_series(1, 20000) AS number ORDER BY number % 7, number RETURNING number"
        )
        updates = numbers(
            "UPDATE captured_counter SET number = -number, label = label || '!' RETURNING -number"
        )
        deletes = numbers("DELETE FROM captured_counter RETURNING -number")
    assert len(inserts) == len(updates) == len(deletes) == 20_000
    assert events == [
        *(inserted("captured_counter", str(n), counter(n, f"label {n}")) for n in inserts),
        *(
            updated(
                "captured_counter", str(n), counter(n, f"label {n}"), counter(-n, f"label {n}!")
            )
            for n in updates
        ),
        *(deleted("captured_counter", str(-n), counter(-n, f"label {n}!")) for n in deletes),
    ]


def numbers(statement):
    """What a statement returns, in the order in which it wrote."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return [number for (number,) in cursor]


@pytest.mark.contrib
def test_many_rows_are_not_paired_one_by_one_after_many_single_updates():
    """The plan that small statements leave in the cache must not be a nested loop."""
    execute("LOAD 'auto_explain'")
    execute("SET LOCAL jit_above_cost = 0")
    execute(
        "INSERT INTO captured_counter SELECT number, '' FROM generate_series(1, 5000) AS number"
    )
    for number in range(1, 11):
        execute("UPDATE captured_counter SET label = 'one' WHERE number = %s", [number])
    with nested_plans() as plans:
        execute("UPDATE captured_counter SET label = 'all'")
    (pairing,) = (plan for plan in plans if "INSERT INTO" in plan)
    assert "Hash Join" in pairing or "Merge Join" in pairing
    assert "Nested Loop" not in pairing
    assert "JIT" not in pairing


@contextmanager
def nested_plans():
    """What auto_explain tells about the statements within the block, and within those."""
    settings = {
        "auto_explain.log_min_duration": "0",
        "auto_explain.log_nested_statements": "on",
        "auto_explain.log_level": "notice",
        "client_min_messages": "notice",
    }
    for name, value in settings.items():
        execute(f"SET LOCAL {name} = '{value}'")
    plans = []
    session = connection.connection
    if is_psycopg3:
        session.add_notice_handler(lambda notice: plans.append(notice.message_primary))
        yield plans
    else:
        del session.notices[:]
        yield plans
        plans += session.notices


def test_rows_that_a_before_trigger_drops_do_not_shift_the_pairs(counters):
    execute(
        "CREATE FUNCTION keep_b() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RETURN CASE WHEN OLD.label <> 'b' THEN NEW END; END $$;"
        "CREATE TRIGGER keep_b BEFORE UPDATE ON captured_counter"
        " FOR EACH ROW EXECUTE FUNCTION keep_b()"
    )
    with recorded() as events:
        assert execute("UPDATE captured_counter SET number = number + 10") == 2
    assert sorted(events) == [moved(1, 11, "a"), moved(3, 13, "c")]


@pytest.mark.django_db(transaction=True)
def test_row_that_somebody_else_changed_meanwhile():
    """The update waits, then starts from what the other transaction left."""
    Order.objects.bulk_create(Order(pk=pk, total=pk) for pk in (1, 2, 3))
    with recorded() as events, closing(other_session()) as other:
        other.cursor().execute("UPDATE captured_order SET total = 20 WHERE id = 2")
        waiting = Thread(target=double_totals)
        waiting.start()
        while waiting.is_alive() and not anybody_waits():
            pass
        other.commit()
        waiting.join()
    assert events[0] == updated("captured_order", "2", order(2, 2), order(2, 20))
    assert sorted(events[1:]) == [
        updated("captured_order", str(pk), order(pk, old), order(pk, old * 2))
        for pk, old in [(1, 1), (2, 20), (3, 3)]
    ]
    first, *others = events.transactions
    assert set(others) == {others[0]} != {first}


def order(pk, total):
    return {"id": pk, "customer_id": None, "total": Decimal(f"{total}.00")}


def double_totals():
    with closing(connection):
        execute("UPDATE captured_order SET total = total * 2")


def anybody_waits():
    (waits,) = query(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    return waits > 0
