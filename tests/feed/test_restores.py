"""A dump, restored into another database: refused, and after a rebase each event comes once."""

import os
import subprocess
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests import postgres
from tests.audit_command import run
from tests.example.models import Book
from tests.feed.conftest import Recorder, drain, rows
from tests.feed.writers import dsn
from trigger_audit import exceptions, feed

pytestmark = pytest.mark.django_db(transaction=True)
RESTORED = "restored"


def insert(session, *keys):
    for key in keys:
        session.execute("INSERT INTO library_book (id, title, price) VALUES (%s, '', 0)", [key])


@pytest.fixture(scope="module")
def new_cluster():
    """Another server, whose transactions have lower numbers."""
    return postgres.start(postgres.requested_version())


@pytest.fixture(params=["the same cluster", "a new cluster"])
def server(request):
    """Where the dump is restored into."""
    if request.param == "a new cluster":
        return request.getfixturevalue("new_cluster")
    return dsn("postgres")


@contextmanager
def restored_into(server, dump):
    """Django's connection leads to a database that the dump was restored into."""
    with psycopg.connect(make_conninfo(server, dbname="postgres"), autocommit=True) as session:
        session.execute(f"CREATE DATABASE {RESTORED}")
        program("psql", "-q", "-v", "ON_ERROR_STOP=1", make_conninfo(server, dbname=RESTORED), dump)
        before = dict(connection.settings_dict)
        place = conninfo_to_dict(server)
        connection.close()
        connection.settings_dict.update(
            {"NAME": RESTORED, "HOST": place["host"], "PORT": place["port"]}
        )
        try:
            yield
        finally:
            connection.close()
            connection.settings_dict.update(before)
            session.execute(f"DROP DATABASE {RESTORED} WITH (FORCE)")


def program(name, *arguments):
    """Run one of PostgreSQL's programs; the last argument is its input."""
    *arguments, text = arguments
    path = postgres.programs_folder(postgres.requested_version()) / name
    environment = {"PATH": os.environ["PATH"], "PGOPTIONS": "-c client_min_messages=warning"}
    result = subprocess.run(
        [path, *arguments], input=text, env=environment, capture_output=True, text=True
    )
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


def dumped():
    return program("pg_dump", dsn(connection.settings_dict["NAME"]), "")


def test_each_event_once(subscribe, session, server):
    got, keys = Recorder(), []

    def handler(batch):
        got(batch)
        keys.extend(change.idempotency_key for change in batch)

    subscribe(Book, handler=handler, batch_size=2)
    insert(session, 1, 2, 3)
    feed.run_once("test")
    insert(session, 4)
    with restored_into(server, dumped()):
        with connection.cursor() as cursor:
            insert(cursor, 5)
        with pytest.raises(exceptions.DatabaseRestored, match="audit feed rebase"):
            feed.run_once("test")
        output, code = run("feed", "status")
        assert code == 1
        assert "run manage.py audit feed rebase" in output
        assert run("feed", "rebase", "test") == ("test goes on in this database.\n", 0)
        with connection.cursor() as cursor:
            insert(cursor, 6)
        drain()
        with connection.cursor() as cursor:
            insert(cursor, 7)
        drain()
        ids = [number for (number,) in rows("SELECT id FROM trigger_audit_event ORDER BY id")]
    assert got.changes == [("INSERT", key) for key in range(1, 8)]
    assert keys == [f"test:{1 if place < 2 else 2}:{number}" for place, number in enumerate(ids)]
    # The former database goes on as if nothing had been.
    drain()
    assert got.changes[7:] == [("INSERT", 3), ("INSERT", 4)]


@pytest.mark.parametrize("server", ["a new cluster"], indirect=True)
def test_what_was_parked_stays_parked(subscribe, session, server):
    got = subscribe(Book, attempts=1, backoff=0)
    got.failing = {2: ValueError("not this one")}
    insert(session, 1, 2)
    drain()
    with restored_into(server, dumped()):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE library_book SET price = 1")
        feed.rebase("test")
        drain()
        assert got.changes == [("INSERT", 1), ("UPDATE", 1)]
        got.failing = {}
        assert feed.retry("test") == (2, 0)
        assert got.changes[2:] == [("INSERT", 2), ("UPDATE", 2)]


@pytest.mark.parametrize("server", ["a new cluster"], indirect=True)
def test_a_backfill_that_was_under_way(subscribe, session, server):
    got = subscribe(Book, start="backfill", batch_size=2)
    insert(session, 1, 2, 3, 4)
    feed.run_once("test")
    with restored_into(server, dumped()):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE library_book SET price = 1 WHERE id IN (1, 4)")
        feed.rebase("test")
        drain()
        with connection.cursor() as cursor:
            cursor.execute("UPDATE library_book SET price = 2 WHERE id = 4")
        drain()
    assert sorted(got.changes[:2]) == [("SNAPSHOT", 1), ("SNAPSHOT", 2)]
    assert sorted(got.changes[2:]) == [
        ("SNAPSHOT", 3),
        ("SNAPSHOT", 4),
        ("UPDATE", 1),
        ("UPDATE", 4),
    ]
