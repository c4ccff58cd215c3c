"""``manage.py audit feed status``: how far subscriptions came, and what keeps them."""

import json
import re

import pytest

from tests.audit_command import run
from tests.commands.library import lines
from tests.example.models import Book
from tests.feed.conftest import drain, other_session, rows
from trigger_audit import feed, subscription

pytestmark = pytest.mark.django_db(transaction=True)


def insert(session, *keys):
    for key in keys:
        session.execute("INSERT INTO library_book (id, title, price) VALUES (%s, '', 0)", [key])


def shown(*arguments):
    """Without the widths of columns, ids, and how long it has been."""
    output, code = run("feed", "status", *arguments, no_color=True)
    found = [re.sub(r" {2,}", "  ", line) for line in output.splitlines()]
    return [re.sub(r"event \d+", "event N", line) for line in found], code


def test_nothing(subscribe):
    assert lines("feed", "status") == ["There are no subscriptions in this database."]


def test_columns_are_aligned(subscribe, session):
    subscribe(Book, name="library.search", shards=2)
    subscribe(Book, name="a")
    insert(session, 1, 2, 3)
    drain("a")
    ((last,),) = rows("SELECT max(id) FROM trigger_audit_event")
    position = str(last).ljust(8)
    assert lines("feed", "status") == [
        "subscription    lane    state    lag  age  delivered  parked  position  pid",
        f"a               0 of 1  running  0         3                  {position}".rstrip(),
        "library.search  0 of 2  new                0                  0",
        "  manage.py audit consume library.search begins it.",
        "library.search  1 of 2  new                0                  0",
    ]


def test_named_ones_alone(subscribe):
    for name in ("a", "b", "c"):
        subscribe(Book, name=name)
        drain(name)
    found, code = shown("a", "c")
    assert ([line.split()[0] for line in found], code) == (["subscription", "a", "c"], 0)
    assert run("feed", "status", "d")[1] == 1


def test_what_failed_and_what_to_do(subscribe, session):
    got = subscribe(Book, attempts=1, backoff=0)
    got.failing = {2: ValueError("not this one\nand more")}
    insert(session, 1, 2)
    session.execute("UPDATE library_book SET price = 1")
    drain()
    found, code = shown()
    assert found[2:5] == [
        "",
        "test cannot take:",
        "  event N, library.book 2: tried once, 1 waiting for it: ValueError: not this one",
    ]
    assert found[5].startswith("  Mend the cause and run manage.py audit feed retry test; ")
    assert code == 1
    got.failing = {}
    run("feed", "retry", "test")
    assert shown()[1] == 0


def test_states_and_their_remedies(subscribe, session):
    got = subscribe(Book, on_failure="stop", attempts=2, backoff=0)
    got.failing = {1: ValueError("not this one")}
    insert(session, 1)
    feed.run_once("test")
    assert notes() == ("failing", ["  ValueError: not this one (tried once)"], 0)
    feed.run_once("test")
    # It is tried for ever, and always fails.
    assert notes() == ("failing", ["  ValueError: not this one (tried 2 times)"], 1)
    got.failing = {}
    drain()
    run("feed", "pause", "test")
    assert notes() == ("paused", ["  manage.py audit feed resume test has it go on."], 0)
    subscribe(Book, name="test", shards=2)
    state, (note,), code = notes()
    assert (state, code) == ("stopped", 1)
    assert "run manage.py audit feed reset" in note
    subscription.unsubscribe("test")
    state, (note,), code = notes()
    assert (state, code) == ("undeclared", 0)
    assert note.endswith("run manage.py audit feed forget test.")
    subscribe(Book, name="test", using="other")
    _, (note,), _ = notes()
    assert note.startswith("  It is declared for the database 'other': ")


def notes():
    """The state of the only lane, what is told of it, and the exit code."""
    found, code = shown()
    (lane, *rest) = found[1:]
    return lane.split()[4], rest, code


def test_what_is_open_for_long(subscribe, session):
    with other_session() as writer:
        writer.execute("SET application_name = 'import'")
        writer.execute("BEGIN")
        ((pid, role),) = writer.execute("SELECT pg_backend_pid(), current_user").fetchall()
        insert(writer, 1)
        found, code = shown("--open-for=0")
        assert found[1:] == [
            "",
            "Open transactions, whose own changes come when they end:",
            f"  pid {pid} of {role}, import, for 0s, idle in transaction",
            "  INSERT INTO library_book (id, title, price) VALUES ($1, '', 0)",
            f"  End it there, or: SELECT pg_terminate_backend({pid}).",
        ]
        assert code == 0
        writer.execute("PREPARE TRANSACTION 'it''s'")
        found, _ = shown()
        assert found[1:] == [
            "",
            "Open transactions, whose own changes come when they end:",
            f"  prepared as 'it's' of {role}, for 0s, prepared",
            "  End it: COMMIT PREPARED 'it''s', or ROLLBACK PREPARED 'it''s'.",
        ]
        writer.execute("ROLLBACK PREPARED 'it''s'")


def test_json(subscribe, session):
    got = subscribe(Book, attempts=1, backoff=0)
    got.failing = {2: ValueError("not this one")}
    insert(session, 1, 2)
    drain()
    insert(session, 3)
    output, code = run("feed", "status", "--format=json")
    told = json.loads(output)
    first, second, _ = (each for (each,) in rows("SELECT id FROM trigger_audit_event ORDER BY id"))
    (lane,) = told["lanes"]
    assert lane.pop("lag_seconds") > 0
    assert lane.pop("moved_at") is not None
    assert lane == {
        "subscription": "test",
        "database": "default",
        "shard": 0,
        "shards": 1,
        "state": "running",
        "position": second,
        "lag_events": 1,
        "delivered": 1,
        "failed": 1,
        "parked": 1,
        "parked_keys": 1,
        "attempts": 0,
        "error": None,
        "retry_at": None,
        "pid": None,
        "needs_operator": True,
    }
    (failure,) = told["failures"]
    assert failure.pop("at").startswith("20")
    assert failure == {
        "subscription": "test",
        "event_id": second,
        "model": "library.book",
        "object_id": "2",
        "attempts": 1,
        "error": "ValueError: not this one",
        "waiting": 0,
    }
    assert (told["blockers"], code, first < second) == ([], 1, True)


def test_colours(subscribe):
    subscribe(Book)
    output, _ = run("feed", "status", force_color=True)
    assert "\x1b[33;1mnew    \x1b[0m" in output or "\x1b[33;1mnew  \x1b[0m" in output
    drain()
    output, _ = run("feed", "status", force_color=True)
    assert "\x1b[32;1mrunning\x1b[0m" in output
