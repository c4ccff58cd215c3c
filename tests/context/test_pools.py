"""Connections that requests take in turns: no event is attributed to another's."""

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from threading import Barrier

import pytest
from django.db import connection, connections, transaction
from django.db.backends.postgresql.psycopg_any import is_psycopg3

import trigger_audit
from tests import bouncer
from tests.captured.models import Customer
from tests.context.events import by_name

TABLE = "captured_customer"
CLIENTS = 8
REQUESTS = 250


@contextmanager
def connected(**changes):
    """This thread's connection ``pooled``, to the tests' database in another way."""
    settings = connection.settings_dict
    options = {**settings["OPTIONS"], **changes.pop("OPTIONS", {})}
    wrapper = type(connections["default"])(
        {**settings, **changes, "OPTIONS": options}, alias="pooled"
    )
    wrapper.inc_thread_sharing()
    connections["pooled"] = wrapper
    try:
        yield wrapper
    finally:
        wrapper.close()
        del connections["pooled"]


def request(client, number, chance):
    """One of a client's requests, in one of the ways that they write; the names tell whose."""
    name = f"{client}-{number}"
    way = chance.randrange(6)
    if way == 0:
        write(f"None-{name}")
        return
    with trigger_audit.context(user=str(client), request=number):
        if way == 1:
            write(f"{name}-autocommit")
        elif way == 2:
            with transaction.atomic("pooled"):
                write(f"{name}-first")
                write(f"{name}-second")
        elif way == 3:
            with suppress(ZeroDivisionError), transaction.atomic("pooled"):
                write(f"{name}-rolled back")
                raise ZeroDivisionError
            write(f"{name}-after it")
        elif way == 4:
            with connections["pooled"].cursor() as cursor:
                rows = [(f"{name}-{letter}",) for letter in "abc"]
                cursor.executemany(f"INSERT INTO {TABLE} (name) VALUES (%s)", rows)
        else:
            with transaction.atomic("pooled"):
                Customer.objects.using("pooled").bulk_create([Customer(name=f"{name}-bulk")])
                with trigger_audit.context(user=f"{client}+"):
                    write(f"{client}+-{number}-nested")
                # Its statement is long, as is the next one of somebody else.
                write(f"{name}-long", email="x" * 20_000)
    write(f"None-{name}-after")


def write(name, **fields):
    Customer.objects.using("pooled").create(name=name, **fields)


def run(connect, clients=CLIENTS, requests=REQUESTS, *, reconnect=False):
    """Clients side by side, each with the requests of a seed of its own."""
    ready = Barrier(clients)

    def client(number):
        chance = random.Random(number)
        with connect() as wrapper:
            ready.wait()
            for turn in range(requests):
                request(number, turn, chance)
                if reconnect:
                    wrapper.close()

    with ThreadPoolExecutor(clients) as threads:
        list(threads.map(client, range(clients)))


def assert_attributed():
    """Each event has the context of the request that its row names, and none is missing."""
    told = by_name(TABLE)
    assert set(told) == set(Customer.objects.values_list("name", flat=True))
    for name, context in told.items():
        user, number = name.split("-")[:2]
        if user == "None":
            assert context is None, name
        else:
            assert context == {"user": user, "request": int(number)}, name
    return len(told)


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_pooler_that_gives_one_server_connection_to_many_clients():
    def connect():
        return connected(HOST=folder, PORT="6432", DISABLE_SERVER_SIDE_CURSORS=True)

    with bouncer.running() as folder:
        run(connect)
        with connect() as wrapper, wrapper.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (first,) = cursor.fetchone()
            cursor.execute("SELECT pg_backend_pid()")
            assert cursor.fetchone() == (first,)
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> %s",
                [connection_pid()],
            )
            assert cursor.fetchone() == (1,)
    assert assert_attributed() > 2 * CLIENTS * REQUESTS


def connection_pid():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_settings_of_a_transaction_stay_in_it_behind_a_pooler():
    with bouncer.running() as folder, connected(HOST=folder, PORT="6432") as wrapper:
        with transaction.atomic("pooled"):
            with wrapper.cursor() as cursor:
                cursor.execute('SET LOCAL trigger_audit.context = \'{"job": "nightly"}\'')
            write("inside")
        write("after")
    assert by_name(TABLE) == {"inside": {"job": "nightly"}, "after": None}


@pytest.mark.django_db(transaction=True)
def test_persistent_connections():
    run(lambda: connected(CONN_MAX_AGE=None), requests=40)
    assert assert_attributed() > 2 * CLIENTS * 40


@pytest.mark.django_db(transaction=True)
def test_a_connection_for_each_request():
    run(connected, clients=2, requests=10, reconnect=True)
    assert assert_attributed() > 20


if is_psycopg3:

    @pytest.mark.proof
    @pytest.mark.django_db(transaction=True)
    def test_djangos_pool_with_fewer_connections_than_clients():
        pool = {"min_size": 2, "max_size": 2, "timeout": 60}

        def connect():
            return connected(OPTIONS={"pool": pool})

        with connected(OPTIONS={"pool": pool}) as shared:
            try:
                run(connect, requests=60, reconnect=True)
                assert shared.pool.get_stats()["pool_size"] == 2
            finally:
                shared.close_pool()
        assert assert_attributed() > 2 * CLIENTS * 60
