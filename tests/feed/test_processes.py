"""Processes that serve subscriptions: stopped, killed, cut off, and standing by."""

import json
import os
import signal
import subprocess

import psycopg
import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from tests import bouncer, postgres
from tests.feed.conftest import other_session, rows
from tests.feed.workers import NAME, Workers, delivered, runs, until, write
from tests.feed.writers import dsn
from trigger_audit import feed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def workers(transactional_db, tmp_path):
    """Starts workers, which write down in a table what they get."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE delivered (position bigserial, subscription text, event_id bigint,"
            " lane integer, pid integer, book text, op text)"
        )
    workers = Workers(tmp_path)
    yield workers
    workers.end()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE delivered")


def has(*books):
    return until(lambda: len(delivered()) >= len(books)) and delivered() == [*map(str, books)]


def clients():
    """The sessions of others in this database."""
    query = (
        "SELECT pid FROM pg_stat_activity"
        " WHERE datname = current_database() AND backend_type = 'client backend'"
    )
    return {pid for (pid,) in rows(f"{query} AND pid <> pg_backend_pid()")}


def event_ids():
    return [found for (found,) in rows("SELECT id FROM trigger_audit_event ORDER BY id")]


def test_a_worker_that_is_told_to_stop_finishes_its_batch(workers, session):
    workers.options["batch_size"] = 1
    worker = workers.start()
    write(session, "hold", "")
    assert workers.holder() == worker.pid
    worker.process.send_signal(signal.SIGTERM)
    assert delivered() == []
    workers.go()
    assert worker.ended() == (0, "")
    assert delivered() == ["1"]
    (got,) = worker.notices("delivered")
    (position,) = rows("SELECT pos FROM trigger_audit_feed_cursor")
    assert (got["subscription"], got["shard"], got["changes"]) == (NAME, 0, 1)
    assert (got["position"], got["newest"]) == (position[0], event_ids()[-1])
    assert [each["event"] for each in worker.notices()] == ["started", "delivered", "ended"]


def test_a_second_signal_ends_a_worker_at_once_wherever_it_is(workers, session):
    worker = workers.start()
    session.execute("SELECT pg_advisory_lock(1)")
    write(session, "wait")
    waits = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    until(lambda: rows(waits))
    worker.process.send_signal(signal.SIGTERM)
    until(lambda: worker.process.send_signal(signal.SIGTERM) or worker.process.poll())
    assert worker.ended() == (128 + signal.SIGTERM, "")
    assert delivered() == []


def test_others_stand_by_and_take_over_from_one_that_is_killed(workers, session):
    running = [workers.start() for _ in range(3)]
    for each in running:
        each.serving()
    write(session, "", "hold", "")
    session.execute("UPDATE library_book SET title = '' WHERE id = 2")
    holder = workers.holder()
    os.kill(holder, signal.SIGKILL)
    second = workers.holder()
    workers.go()
    assert until(lambda: len(delivered()) >= 4)
    assert delivered("event_id") == event_ids()
    assert delivered("book, op")[1::2] == [("2", "INSERT"), ("2", "UPDATE")]
    assert {pid for pid in delivered("pid") if pid != holder} >= {second}
    codes = [each.stopped() for each in running if each.pid != holder]
    assert codes == [(0, "")] * 2


@pytest.mark.services
def test_behind_a_pooler_that_gives_all_of_them_one_server_connection(workers, session):
    workers.options |= {"shards": 2, "batch_size": 1}
    with bouncer.running() as folder:
        workers.environment[postgres.DSN] = make_conninfo(
            os.environ[postgres.DSN], host=folder, port=6432
        )
        running = [workers.start() for _ in range(3)]
        for each in running:
            each.serving()
        write(session, *[""] * 6, "hold", *[""] * 6)
        session.execute("UPDATE library_book SET title = '' WHERE id = 7")
        holder = workers.holder()
        os.kill(holder, signal.SIGKILL)
        workers.holder()
        assert until(lambda: len(clients() - {session.info.backend_pid}) == 1)
        workers.go()
        assert until(lambda: len(delivered()) >= 14)
        assert sorted(delivered("event_id")) == event_ids()
        assert [op for book, op in delivered("book, op") if book == "7"] == ["INSERT", "UPDATE"]
        assert set(delivered("lane")) == {0, 1}
        assert [each.stopped() for each in running if each.pid != holder] == [(0, "")] * 2


def test_processes_share_lanes_are_replaced_and_stop_together(workers, session):
    workers.options["shards"] = 2
    command = workers.start("--processes", "2")
    first, second = command.serving(2)
    write(session, *["hold"] * 8)
    # Each of them holds a lane.
    until(lambda: len(list(workers.folder.glob("holds *"))) == 2)
    os.kill(first, signal.SIGKILL)
    third = command.serving(3)[-1]
    workers.go()
    until(lambda: len(delivered()) == 8)
    assert sorted(delivered("event_id")) == event_ids()
    assert set(delivered("lane")) == {0, 1}
    (died,) = command.notices("died")
    assert died["error"] == f"Process {first} ended by signal 9; another begins."
    assert died["pid"] == command.pid
    assert command.stopped() == (0, "")
    assert [runs(pid) for pid in (second, third)] == [False, False]
    assert len(command.notices("ended")) == 2


def test_no_process_outlives_a_parent_that_is_killed(workers, session):
    command = workers.start("--processes", "2")
    pids = command.serving(2)
    write(session, "hold")
    workers.holder()
    command.killed()
    workers.go()
    until(lambda: not any(map(runs, pids)))
    # The batch in hand was finished.
    assert delivered() == ["1"]


def test_a_command_whose_output_nobody_reads_ends(workers, session):
    arguments = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with workers.opened("--processes", "2", **arguments) as process:
        for _ in range(2):
            assert json.loads(process.stdout.readline())["event"] == "started"
        process.stdout.close()
        write(session, "")
        assert process.wait(timeout=60) == 0
        assert process.stderr.read() == b""
    # By then it was delivered.
    assert delivered() == ["1"]


@pytest.mark.parametrize("how", ["die", "leave"])
def test_a_handler_that_ends_its_process_holds_up_its_row_alone(workers, session, how):
    workers.options["attempts"] = 1
    write(session, "", how, "")
    session.execute("UPDATE library_book SET price = 1")
    command = workers.start("--processes", "2", "--until-idle")
    code, errors = command.ended()
    assert code == 1
    assert f"{NAME}: 2 changes are parked: see manage.py audit feed status." in errors
    assert delivered("book, op") == [
        ("1", "INSERT"),
        ("3", "INSERT"),
        ("1", "UPDATE"),
        ("3", "UPDATE"),
    ]
    (failure,) = feed.failures(NAME)
    assert (failure.object_id, failure.waiting) == ("2", 1)
    assert command.notices("died")


def test_a_long_transaction_delays_its_own_rows_alone(workers, session):
    worker = workers.start()
    with other_session() as writer, psycopg.connect(dsn("postgres")) as elsewhere:
        elsewhere.execute("SELECT pg_current_xact_id()")
        writer.execute("BEGIN")
        write(writer, "", first=5)
        write(session, "", "")
        assert has(1, 2)
        # No event has a greater id by now: it is the end of the transaction that tells.
        writer.execute("COMMIT")
        assert has(1, 2, 5)
        elsewhere.rollback()
    assert worker.stopped() == (0, "")


def cut_off(session):
    """End every other session in the database than the two of the test."""
    kill = (
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND NOT pid IN (pg_backend_pid(), %s)"
    )
    assert rows(kill, session.info.backend_pid) == [(1,)]


def test_a_worker_that_loses_the_database_goes_on(workers, session):
    workers.options["backoff"] = 0.01
    worker = workers.start()
    write(session, "")
    assert has(1)
    cut_off(session)
    write(session, "hold", first=2)
    # The handler has just written, and waits.
    workers.holder()
    cut_off(session)
    workers.go()
    assert has(1, 2)
    code, _ = worker.stopped()
    assert code == 0
    assert [each["event"] for each in worker.notices()] == [
        "started",
        "delivered",
        "disconnected",
        "connected",
        "failed",
        "delivered",
        "ended",
    ]


def test_a_pause_is_heeded_by_a_worker_that_runs(workers, session):
    workers.others = [{"name": "library.other"}]
    worker = workers.start()

    def got(name):
        return [key for of, key in delivered("subscription, book") if of == name]

    write(session, "")
    until(lambda: got(NAME))
    feed.pause(NAME)
    for key in range(2, 6):
        write(session, "", first=key)
        until(lambda key=key: str(key) in got("library.other"))
    assert got(NAME) == ["1"]
    feed.resume(NAME)
    until(lambda: len(got(NAME)) == 5)
    assert got(NAME) == [*"12345"]
    assert worker.stopped(signal.SIGINT) == (0, "")
