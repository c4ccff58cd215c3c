"""Where the application has triggers of its own, the order of events stays that of the writes."""

import pytest

from tests.capture.events import deleted, execute, inserted, query, recorded, updated
from tests.captured.models import Customer, Unaudited

pytestmark = pytest.mark.django_db


def trigger(table, when, body, *, name="application", level="ROW"):
    execute(
        f'CREATE FUNCTION "{name}"() RETURNS trigger LANGUAGE plpgsql AS'
        f" $$ BEGIN {body}; RETURN NULL; END $$;"
        f'CREATE TRIGGER "{name}" AFTER {when} ON {table}'
        f' FOR EACH {level} EXECUTE FUNCTION "{name}"()'
    )


def row(pk, status, amount=None):
    return {"id": pk, "status": status, "amount": amount, "customer_id": None}


@pytest.mark.parametrize("name", ["000", "AAA", "#", "!update"])
def test_statement_trigger_that_updates_the_same_rows_whatever_its_name(name):
    trigger(
        "captured_customer",
        "INSERT",
        "UPDATE captured_customer SET email = 'welcome' WHERE email IS NULL",
        name=name,
        level="STATEMENT",
    )
    with recorded() as events:
        execute("INSERT INTO captured_customer (id, name) VALUES (1, 'Ann'), (2, 'Bob')")
    ann, bob = ({"id": pk, "name": name, "email": None} for pk, name in [(1, "Ann"), (2, "Bob")])
    assert events[:2] + sorted(events[2:]) == [
        inserted("captured_customer", "1", ann),
        inserted("captured_customer", "2", bob),
        updated("captured_customer", "1", ann, {**ann, "email": "welcome"}),
        updated("captured_customer", "2", bob, {**bob, "email": "welcome"}),
    ]


def test_row_trigger_that_writes_another_table():
    trigger(
        "captured_customer",
        "INSERT",
        "INSERT INTO captured_order (id, customer_id, total) VALUES (NEW.id, NEW.id, 0)",
    )
    with recorded() as events:
        execute("INSERT INTO captured_customer (id, name) VALUES (1, 'Ann')")
    assert sorted((event.op, event.table_name, event.object_id) for event in events) == [
        ("INSERT", "captured_customer", "1"),
        ("INSERT", "captured_order", "1"),
    ]


def test_row_trigger_that_updates_the_same_row_under_level_row(audit):
    audit(Unaudited, level="row")
    trigger(
        "captured_unaudited",
        "INSERT OR UPDATE",
        "UPDATE captured_unaudited SET amount = coalesce(amount, 0) + 1"
        " WHERE id = NEW.id AND coalesce(amount, 0) < 2",
    )
    with recorded() as events:
        execute("INSERT INTO captured_unaudited (id, status) VALUES (1, 'new')")
        execute("UPDATE captured_unaudited SET status = 'old', amount = 1")
        execute("DELETE FROM captured_unaudited")
    assert events == [
        inserted("captured_unaudited", "1", row(1, "new")),
        updated("captured_unaudited", "1", row(1, "new"), row(1, "new", 1)),
        updated("captured_unaudited", "1", row(1, "new", 1), row(1, "new", 2)),
        updated("captured_unaudited", "1", row(1, "new", 2), row(1, "old", 1)),
        updated("captured_unaudited", "1", row(1, "old", 1), row(1, "old", 2)),
        deleted("captured_unaudited", "1", row(1, "old", 2)),
    ]


def test_level_row_tells_what_level_statement_tells(audit):
    told = []
    for level in ("row", "statement"):
        audit(Unaudited, level=level)
        with recorded() as events:
            execute("INSERT INTO captured_unaudited (id, status) VALUES (1, 'a'), (2, 'b')")
            execute("UPDATE captured_unaudited SET id = 30 - id, amount = id WHERE status < 'z'")
            execute("UPDATE captured_unaudited SET status = 'a'")
            execute("DELETE FROM captured_unaudited")
            execute("TRUNCATE captured_unaudited")
        told.append(sorted(events))
    assert told[0] == told[1]
    assert len(told[0]) == 8


def test_row_trigger_that_deletes_what_was_inserted(audit):
    audit(Unaudited, level="row")
    trigger("captured_unaudited", "INSERT", "DELETE FROM captured_unaudited WHERE id = NEW.id")
    with recorded() as events:
        execute("INSERT INTO captured_unaudited (id, status) VALUES (1, 'new')")
    assert events == [
        inserted("captured_unaudited", "1", row(1, "new")),
        deleted("captured_unaudited", "1", row(1, "new")),
    ]


def test_statement_that_writes_the_table_it_reads(audit):
    audit(Unaudited)
    execute(
        "CREATE FUNCTION log_status(text) RETURNS text LANGUAGE sql AS"
        " 'INSERT INTO captured_unaudited (id, status) VALUES (9, $1) RETURNING status'"
    )
    execute("INSERT INTO captured_unaudited (id, status) VALUES (1, 'a')")
    with recorded() as events:
        execute("UPDATE captured_unaudited SET status = log_status('b') WHERE id = 1")
    assert events == [
        inserted("captured_unaudited", "9", row(9, "b")),
        updated("captured_unaudited", "1", row(1, "a"), row(1, "b")),
    ]


def test_trigger_of_a_view():
    execute("CREATE VIEW names AS SELECT name FROM captured_customer")
    execute(
        "CREATE FUNCTION through_view() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " INSERT INTO captured_customer (id, name) VALUES (1, NEW.name); RETURN NEW; END $$;"
        "CREATE TRIGGER through_view INSTEAD OF INSERT ON names"
        " FOR EACH ROW EXECUTE FUNCTION through_view()"
    )
    with recorded() as events:
        execute("INSERT INTO names VALUES ('Ann')")
    assert events == [inserted("captured_customer", "1", {"id": 1, "name": "Ann", "email": None})]
    assert query("SELECT count(*) FROM names") == (Customer.objects.count(),)
