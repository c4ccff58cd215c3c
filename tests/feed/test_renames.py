"""A model that is renamed while its changes are parked, or its rows are still to come."""

import json

import pytest
from django.db import connection

from tests.example.models import Book
from tests.feed.conftest import drain, rows
from trigger_audit import exceptions, feed

pytestmark = pytest.mark.django_db(transaction=True)


def insert(session, *keys):
    for key in keys:
        session.execute("INSERT INTO library_book (id, title, price) VALUES (%s, '', 0)", [key])


def rename_table():
    """To another name and back, as if the model had been the other one before."""
    with connection.schema_editor() as editor:
        editor.alter_db_table(Book, "library_book", "library_tome")
        editor.alter_db_table(Book, "library_tome", "library_book")


def test_what_is_parked_still_holds_its_row(subscribe, session):
    got = subscribe(Book, attempts=1, backoff=0)
    got.failing = {1: ValueError("not this one")}
    insert(session, 1, 2)
    drain()
    session.execute("UPDATE trigger_audit_feed_parked SET model = 'library.tome'")
    rename_table()
    got.failing = {}
    session.execute("UPDATE library_book SET price = 1")
    drain()
    assert got.changes == [("INSERT", 2), ("UPDATE", 2)]
    assert rows("SELECT DISTINCT model FROM trigger_audit_feed_parked") == [("library.book",)]
    session.execute("UPDATE trigger_audit_feed_parked SET model = 'library.tome'")
    assert feed.retry("test") == (2, 0)
    assert got.changes[2:] == [("INSERT", 1), ("UPDATE", 1)]


def test_what_is_parked_of_a_model_that_is_gone_stays(subscribe, session):
    got = subscribe(Book, "library.Publisher", attempts=1, backoff=0)
    got.failing = {1: ValueError("not this one")}
    insert(session, 1)
    drain()
    subscribe("library.Publisher", handler=got)
    assert feed.retry("test") == (0, 1)
    (failure,) = feed.failures("test")
    assert failure.error == "The event is gone, or its model is none of the subscription's."


def test_rows_that_are_still_to_come_are_not_left_out(subscribe, session):
    got = subscribe(Book, start="backfill", batch_size=1)
    insert(session, 1, 2)
    feed.run_once("test")
    session.execute(
        "UPDATE trigger_audit_feed_cursor SET backfill ="
        " jsonb_set(backfill, '{models}', '[\"library.tome\"]')"
    )
    with pytest.raises(exceptions.BackfillChanged, match=r"test: library\.tome"):
        feed.run_once("test")
    (lane,) = feed.status()
    assert (lane.state, "audit feed reset" in lane.error) == ("stopped", True)
    feed.reset("test")
    drain()
    assert got.changes == [("SNAPSHOT", 1), ("SNAPSHOT", 1), ("SNAPSHOT", 2)]


def test_a_field_that_took_the_name_of_another(subscribe, session):
    """Before that its own column was not there, and the other one had its name."""
    found = []
    subscribe(Book, handler=found.extend, fields=["price"])
    for op, old, new in (("INSERT", None, "Emma"), ("UPDATE", "Emma", "Dune")):
        images = (old and json.dumps({"id": 1, "price": old}), json.dumps({"id": 1, "price": new}))
        session.execute(
            "INSERT INTO trigger_audit_event"
            " (at, txid, op, table_schema, table_name, object_id, old, new, db_user)"
            " VALUES (now(), pg_current_xact_id(), %s, 'public', 'library_book', '1', %s, %s, '')",
            [op, *images],
        )
    session.execute(
        "SELECT trigger_audit_record_rename('library_book', %s, %s)",
        [json.dumps({"column_name": "price"}), json.dumps({"column_name": "title"})],
    )
    insert(session, 2)
    session.execute("UPDATE library_book SET title = 'Emma'")
    session.execute("UPDATE library_book SET price = 1")
    drain()
    assert [(change.operation, change.key, change.new) for change in found] == [
        ("INSERT", 1, {"id": 1, "title": "Emma"}),
        ("INSERT", 2, {"id": 2, "title": "", "price": 0, "publisher": None}),
        ("UPDATE", 2, {"id": 2, "title": "Emma", "price": 1, "publisher": None}),
    ]
