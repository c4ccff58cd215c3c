"""``manage.py audit consume``, where it ends by itself: what is served, and what it says."""

import json
import os
from asyncio import CancelledError
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, connections, transaction

from tests.example.models import Book, Publisher
from tests.feed.conftest import Recorder, rows
from trigger_audit import feed
from trigger_audit.feed import horizon
from trigger_audit.management.audit import consume as command

pytestmark = pytest.mark.django_db(transaction=True)


def consume(*arguments, **options):
    """What it printed, what it complained of, and its exit code."""
    output, errors = StringIO(), StringIO()
    code = 0
    try:
        call_command("audit", "consume", *arguments, stdout=output, stderr=errors, **options)
    except CommandError as error:
        errors.write(f"{error}\n")
        code = error.returncode
    return output.getvalue().splitlines(), errors.getvalue().splitlines(), code


def insert(session, *keys):
    for key in keys:
        session.execute("INSERT INTO library_book (id, title, price) VALUES (%s, '', 0)", [key])


def failing(*keys):
    recorder = Recorder()
    recorder.failing = dict.fromkeys(keys, ValueError("not this one"))
    return recorder


def test_until_idle_delivers_all_that_there_is_also_what_handlers_write(subscribe, session):
    def publish(batch):
        for change in batch:
            Publisher.objects.create(name=str(change.key))

    got = subscribe(Publisher, name="first")
    subscribe(Book, handler=publish, name="second", batch_size=1)
    insert(session, 1, 2, 3)
    output, errors, code = consume("--until-idle")
    assert (errors, code) == ([], 0)
    assert [operation for operation, _ in got.changes] == ["INSERT"] * 3
    assert output[0] == "Serving first, second."
    assert output[-1].startswith("6 changes delivered, ")


def test_once_polls_each_lane_once(subscribe, session):
    all_of_it = subscribe(Book, name="two lanes", shards=2)
    first = subscribe(Book, name="one by one", batch_size=1)
    insert(session, 1, 2, 3, 4, 5)
    assert consume("--once")[1:] == ([], 0)
    assert sorted(all_of_it.changes) == [("INSERT", key) for key in range(1, 6)]
    assert len(all_of_it.batches) == 2
    assert first.changes == [("INSERT", 1)]


def test_only_the_named_subscriptions_are_served(subscribe, session):
    wanted = subscribe(Book, name="wanted")
    other = subscribe(Book, name="other")
    insert(session, 1)
    output, _, _ = consume("wanted", "wanted", "--until-idle")
    assert output[0] == "Serving wanted."
    assert (wanted.changes, other.changes) == ([("INSERT", 1)], [])


def test_what_is_asked_for_wrongly_is_told_with_the_remedy(subscribe, session):
    _, (error,), code = consume()
    assert (code, error.split(".")[0]) == (1, "There is no subscription")
    subscribe(Book, name="library.search")
    _, (error,), _ = consume("library.serch")
    assert error == (
        "There is no such subscription. ('library.serch'; did you mean library.search)"
    )
    _, (error,), _ = consume("--once", "--processes=2")
    assert error == "--once polls each lane once: it takes no --processes."
    with pytest.raises(CommandError, match="It must be from 1 to 256"):
        call_command("audit", "consume", "--processes=0")


def test_a_subscription_of_another_database_is_told_with_its_name(subscribe, session):
    subscribe(Book, name="there", using="other")
    there = "The subscription there lives in the database 'other': add --database other."
    assert consume("there")[1] == [there]
    # Not one is here.
    assert consume()[1] == [there]
    subscribe(Book, name="here")
    assert consume("--once")[0] == ["Serving here."]


def test_a_database_without_the_tables(subscribe, session):
    subscribe(Book)
    rename = "ALTER TABLE trigger_audit_feed_cursor RENAME TO"
    session.execute(f"{rename} away")
    try:
        error = "The tables of the feed are missing. Run manage.py migrate first."
        assert consume("--once") == ([], [error], 1)
    finally:
        session.execute("ALTER TABLE away RENAME TO trigger_audit_feed_cursor")


def test_tables_that_go_before_the_first_look(subscribe, session, monkeypatch):
    subscribe(Book)
    monkeypatch.setattr(command, "require_feed", lambda _: None)
    session.execute("ALTER TABLE trigger_audit_feed_cursor RENAME TO away")
    try:
        _, (error,), code = consume()
    finally:
        session.execute("ALTER TABLE away RENAME TO trigger_audit_feed_cursor")
    assert (code, error.partition(":")[0]) == (1, "There are no tables of the feed")


def test_a_transaction_is_left_as_it_is(subscribe):
    subscribe(Book)
    with transaction.atomic():
        _, (error,), code = consume("--once")
        assert (code, Book.objects.count()) == (1, 0)
    assert error.startswith("The feed cannot run in a transaction")


def test_a_role_without_rights_is_told_at_once(subscribe, session):
    subscribe(Book)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE nobody_{os.getpid()}")
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SET ROLE nobody_{os.getpid()}")
        _, (error,), code = consume()
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"RESET ROLE; DROP ROLE nobody_{os.getpid()}")
    assert code == 1
    assert error == (
        "permission denied for sequence trigger_audit_event_id_seq. Connect as the role of the"
        " workers, which may read the events and write the tables of the feed: see 'default' in"
        " DATABASES."
    )


@pytest.mark.django_db(transaction=True, databases=["default", "other"])
def test_processes_begin_without_the_connections_of_their_parent(subscribe, session, monkeypatch):
    class Supervisor:
        def __init__(self, *_, **__):
            pass

        def run(self):
            assert [each.connection for each in connections.all()] == [None, None]
            return 0

    subscribe(Book)
    monkeypatch.setattr(command, "Supervisor", Supervisor)
    connections["other"].ensure_connection()
    assert consume("--processes=2") == ([], [], 0)


def test_a_database_that_fails_ends_what_was_to_end(subscribe, session, monkeypatch):
    def fail(connection):
        raise OperationalError("out of memory")

    subscribe(Book)
    monkeypatch.setattr(horizon, "look", fail)
    assert consume("--until-idle")[1:] == (["The database failed: out of memory"], 1)


def test_what_is_paused_is_left(subscribe, session):
    got = subscribe(Book)
    consume("--once")
    feed.pause("test")
    insert(session, 1)
    assert consume("--until-idle")[1:] == (["test: It is paused."], 1)
    # Whoever polls once does not ask for all.
    assert consume("--once")[1:] == ([], 0)
    assert got.changes == []


def test_what_is_parked_is_told(subscribe, session):
    got = subscribe(Book, handler=failing(2), attempts=1, backoff=0)
    insert(session, 1, 2, 3)
    _, errors, code = consume("--until-idle")
    assert (errors, code) == (
        [
            "test failed: ValueError: not this one",
            "test parked a change: ValueError: not this one",
            "test: 1 changes are parked: see manage.py audit feed status.",
        ],
        1,
    )
    assert got.changes == [("INSERT", 1), ("INSERT", 3)]


def test_one_change_alone_is_parked_for_what_it_failed_for(subscribe, session):
    subscribe(Book, handler=failing(1), attempts=1, backoff=0)
    insert(session, 1)
    output, _, _ = consume("--until-idle", "--format=json")
    told = {each["event"]: each.get("error") for each in map(json.loads, output)}
    assert told["parked"] == told["failed"] == "ValueError: not this one"


@pytest.mark.parametrize("error", [SystemExit(), SystemExit(3), CancelledError()])
def test_what_ends_a_program_is_a_failure_of_its_row_alone(subscribe, session, error):
    got = subscribe(Book, attempts=1, backoff=0)
    got.failing = {2: error}
    insert(session, 1, 2, 3)
    _, errors, code = consume("--until-idle")
    assert errors[0].startswith(f"test failed: {type(error).__name__}")
    assert (code, got.changes) == (1, [("INSERT", 1), ("INSERT", 3)])
    assert feed.retry("test") == (0, 1)
    got.failing = {}
    assert feed.retry("test") == (1, 0)


def test_once_tells_of_what_failed(subscribe, session):
    subscribe(Book, handler=failing(1))
    insert(session, 1)
    error = "ValueError: not this one"
    assert consume("--once")[1:] == ([f"test failed: {error}", f"test: {error}"], 1)


def test_what_fails_for_ever_is_given_up_and_so_is_what_waits_for_it(subscribe, session):
    options = {"attempts": 1, "backoff": 0, "on_failure": "stop", "shards": 2}
    subscribe(Book, handler=failing(1), **options)
    fine = subscribe(Book, name="fine")
    insert(session, 1, 2, 3, 4)
    session.execute("TRUNCATE library_book CASCADE")
    _, errors, code = consume("--until-idle")
    assert code == 1
    error = "ValueError: not this one"
    left = [line for line in errors if " failed: " not in line]
    (lane,) = {line.partition(" failed: ")[0] for line in errors} - set(left)
    waiting = "test[1]" if lane == "test[0]" else "test[0]"
    assert sorted(left) == sorted([f"{lane}: {error}", f"{waiting}: It waits for another lane."])
    assert fine.changes[-1] == ("TRUNCATE", None)


def test_one_that_cannot_go_on_does_not_hold_up_the_others(subscribe, session):
    subscribe(Book, shards=2)
    consume("--until-idle")
    got = subscribe(Book, name="fine")
    subscribe(Book, name="test", shards=1)
    insert(session, 1)
    _, errors, code = consume("test", "fine", "--until-idle")
    reason = (
        "A subscription was begun with other shards: run manage.py audit feed reset, or undo it."
        " (test, 1, begun with 2, lane 0)"
    )
    assert (errors, code) == ([f"test cannot go on: {reason}", f"test: {reason}"], 1)
    assert got.changes == [("INSERT", 1)]


def test_json_for_machines(subscribe, session):
    subscribe(Book, handler=failing(2), attempts=1, backoff=0)
    insert(session, 1, 2)
    output, errors, _ = consume("--until-idle", "--format=json")
    ids = [found for (found,) in rows("SELECT id FROM trigger_audit_event ORDER BY id")]
    told = [json.loads(line) for line in output]
    for each in told:
        assert each.pop("at").endswith("+00:00")
        assert each.pop("pid") > 0
        each.pop("seconds", None)
    lane = {"subscription": "test", "shard": 0}
    failed = {**lane, "changes": 0, "newest": ids[1], "error": "ValueError: not this one"}
    delivered = {**lane, "changes": 1, "position": ids[0], "newest": ids[1]}
    assert told == [
        {"event": "started", "subscription": "test"},
        {"event": "failed", **failed},
        {"event": "delivered", **delivered},
        {"event": "parked", **failed},
        {"event": "ended"},
    ]
    assert errors == ["test: 1 changes are parked: see manage.py audit feed status."]


@pytest.mark.parametrize("form", ["text", "json"])
def test_quiet_means_problems_alone(subscribe, session, form):
    subscribe(Book, handler=failing(2), name="bad", attempts=1, backoff=0)
    subscribe(Book, name="good")
    insert(session, 2)
    options = ("--once", f"--format={form}", "--verbosity=0")
    assert consume("good", *options) == ([], [], 0)
    output, errors, _ = consume("bad", *options)
    assert [json.loads(line)["event"] for line in output] == (["failed"] if form == "json" else [])
    assert len(errors) == (1 if form == "json" else 2)


def test_each_batch_where_more_is_asked_for(subscribe, session):
    subscribe(Book, batch_size=2)
    insert(session, 1, 2, 3)
    output, _, _ = consume("--until-idle", "--verbosity=2")
    ids = [found for (found,) in rows("SELECT id FROM trigger_audit_event ORDER BY id")]
    batches = [line.rpartition("; ")[2] for line in output if " delivered in " in line]
    assert batches == [f"test at event {found:,} of {ids[-1]:,}" for found in ids[1:]]
