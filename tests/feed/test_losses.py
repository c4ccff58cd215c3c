"""Nothing goes missing in silence: partitions that are gone, databases restored, other models."""

import time

import pytest
from django.db import connection

from tests.example.models import Book
from tests.feed.conftest import drain, rows
from trigger_audit import exceptions, feed

pytestmark = pytest.mark.django_db(transaction=True)
OLD = "trigger_audit_event_2020_01"


def insert(session, *keys):
    for key in keys:
        session.execute("INSERT INTO library_book (id, title, price) VALUES (%s, '', 0)", [key])


@pytest.fixture
def old_partition(session):
    """A month of long ago, with the event of a book."""
    session.execute(
        "SELECT trigger_audit_make_partition(%s, '2020-01-01+0', '2020-02-01+0')", [OLD]
    )
    yield
    session.execute(f"DROP TABLE IF EXISTS {OLD}")


def write_old(session, key):
    session.execute(
        "INSERT INTO trigger_audit_event (at, txid, op, table_schema, table_name, object_id, new,"
        " db_user) VALUES ('2020-01-15', pg_current_xact_id(), 'INSERT', 'public', 'library_book',"
        " %s, jsonb_build_object('id', %s::integer), 'postgres')",
        [str(key), key],
    )


def test_a_partition_that_goes_before_it_was_read_stops_the_subscription(
    subscribe, session, old_partition
):
    got = subscribe(Book, batch_size=1)
    write_old(session, 1)
    write_old(session, 2)
    feed.run_once("test")
    session.execute(f"DROP TABLE {OLD}")
    with pytest.raises(exceptions.EventsPruned, match="test, 1 of them"):
        feed.run_once("test")
    (lane,) = feed.status()
    assert lane.state == "stopped"
    assert "audit feed reset" in lane.error
    feed.accept_loss("test")
    insert(session, 3)
    drain()
    assert got.changes == [("INSERT", 1), ("INSERT", 3)]


def test_a_partition_that_goes_while_nobody_reads(subscribe, session):
    """It had no event when the subscription last looked."""
    subscribe(Book)
    drain()
    (partition,) = rows(
        "SELECT to_char(now() AT TIME ZONE 'UTC', '\"trigger_audit_event_\"YYYY_MM')"
    )
    session.execute("CREATE TABLE kept (LIKE trigger_audit_event)")
    insert(session, 1)
    ((name, bounds),) = rows(
        "SELECT oid::regclass::text, pg_get_expr(relpartbound, oid) FROM pg_class"
        " WHERE relname = %s",
        *partition,
    )
    session.execute(f"ALTER TABLE trigger_audit_event DETACH PARTITION {name}")
    try:
        with pytest.raises(exceptions.EventsPruned):
            feed.run_once("test")
    finally:
        session.execute(f"ALTER TABLE trigger_audit_event ATTACH PARTITION {name} {bounds}")
        session.execute("DROP TABLE kept")
    assert drain() == ["delivered"]


def outlive_what_is_open(session):
    """Other databases of the server count too: no mark may be older than what is open there."""
    query = "SELECT pg_snapshot_xmin(pg_current_snapshot()) > %s::text::xid8"
    (here,) = session.execute("SELECT pg_current_xact_id()::text").fetchone()
    deadline = time.monotonic() + 120
    while session.execute(query, [here]).fetchone() != (True,):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_partition_that_was_read_may_go(subscribe, session, old_partition):
    outlive_what_is_open(session)
    got = subscribe(Book)
    write_old(session, 1)
    drain()
    session.execute("UPDATE trigger_audit_feed_mark SET at = at - interval '1 s'")
    insert(session, 2)
    drain()
    session.execute("UPDATE trigger_audit_feed_mark SET at = at - interval '1 s'")
    session.execute(f"DROP TABLE {OLD}")
    insert(session, 3)
    drain()
    assert got.changes == [("INSERT", 1), ("INSERT", 2), ("INSERT", 3)]


def test_a_table_that_the_models_do_not_know_stops_the_subscription(subscribe, session):
    """A worker of the old release must not take the new names for nothing."""
    got = subscribe(Book)
    drain()
    with connection.schema_editor() as editor:
        editor.alter_db_table(Book, "library_book", "library_tome")
    try:
        session.execute("INSERT INTO library_tome (id, title, price) VALUES (1, '', 0)")
        with pytest.raises(exceptions.StaleModels, match=r"library\.Book: the table"):
            feed.run_once("test")
    finally:
        with connection.schema_editor() as editor:
            editor.alter_db_table(Book, "library_tome", "library_book")
    drain()
    assert got.changes == [("INSERT", 1)]


def test_events_of_former_names_come_as_the_model_is_now(subscribe, session):
    found = []
    subscribe(Book, handler=found.extend, fields=["title"])
    price = Book._meta.get_field("price")
    with connection.schema_editor() as editor:
        editor.alter_db_table(Book, "library_book", "library_tome")
    session.execute("INSERT INTO library_tome (id, title, price) VALUES (1, 'a', 3)")
    session.execute("ALTER TABLE library_tome RENAME COLUMN title TO name")
    session.execute("SELECT trigger_audit_rename_column('library_tome', 'title', 'name')")
    session.execute("UPDATE library_tome SET price = 4")
    session.execute("UPDATE library_tome SET name = 'b'")
    session.execute("ALTER TABLE library_tome RENAME COLUMN name TO title")
    session.execute("SELECT trigger_audit_rename_column('library_tome', 'name', 'title')")
    with connection.schema_editor() as editor:
        editor.alter_db_table(Book, "library_tome", "library_book")
    session.execute("UPDATE library_book SET title = 'c'")
    drain()
    assert [(change.operation, change.key, change.new["title"]) for change in found] == [
        ("INSERT", 1, "a"),
        ("UPDATE", 1, "b"),
        ("UPDATE", 1, "c"),
    ]
    assert found[0].new[price.name] == 3


def test_ids_that_are_given_again_stop_the_subscription(subscribe, session):
    """As after a failover that lost the latest commits."""
    subscribe(Book)
    insert(session, 1)
    drain()
    ((last,),) = rows("SELECT last_value FROM trigger_audit_event_id_seq")
    session.execute("SELECT setval('trigger_audit_event_id_seq', %s)", [last - 1])
    with pytest.raises(exceptions.DatabaseRestored):
        feed.run_once("test")
    with pytest.raises(exceptions.DatabaseRestored, match="reset to a moment"):
        feed.rebase("test")
    session.execute("SELECT setval('trigger_audit_event_id_seq', %s)", [last])
    assert feed.run_once("test").outcome == "idle"


@pytest.fixture
def tenant(session):
    """A schema with a table of books of its own."""
    session.execute("CREATE SCHEMA tenant")
    session.execute("CREATE TABLE tenant.library_book (LIKE public.library_book)")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET search_path")
    session.execute("DROP SCHEMA tenant CASCADE")


def test_another_search_path_does_not_pass_by_the_events_of_this_one(subscribe, session, tenant):
    got = subscribe(Book)
    drain()
    insert(session, 1)
    with connection.cursor() as cursor:
        cursor.execute("SET search_path = tenant, public")
    with pytest.raises(exceptions.SchemaChanged, match=r"library\.book was in public, and is in t"):
        feed.run_once("test")
    (lane,) = feed.status()
    assert (lane.state, "name a subscription for each" in lane.error) == ("stopped", True)
    with connection.cursor() as cursor:
        cursor.execute("SET search_path = public")
    drain()
    assert got.changes == [("INSERT", 1)]


def test_a_search_path_without_the_feed(subscribe, session, tenant):
    subscribe(Book)
    with connection.cursor() as cursor:
        cursor.execute("SET search_path = tenant")
    for act in (feed.run_once, feed.status, feed.pause, feed.reset, feed.retry):
        with pytest.raises(exceptions.FeedNotInstalled, match="search_path"):
            act("test")
