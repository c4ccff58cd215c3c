"""An audit table by itself, without Django."""

import os

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from tests import postgres
from tests.sql.audit_table import IDENTIFIER, OWNER, SCHEMA, STRANGER, install


@pytest.fixture(scope="session")
def database():
    """How to reach a database for tests that commit nothing."""
    name = f"sql_{os.getpid()}"
    server = postgres.connection()
    everywhere = make_conninfo(**{**server, "dbname": "postgres"})
    with psycopg.connect(everywhere, autocommit=True) as session:
        session.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        yield make_conninfo(**{**server, "dbname": name})
        session.execute(f"DROP DATABASE {name}")


@pytest.fixture
def schema():
    """A schema whose name needs its quotes."""
    return SCHEMA


@pytest.fixture
def owned(database):
    """A connection as a role that owns a schema, is no superuser and has no right on public.

    All happens in one transaction, which is never committed.
    """
    connection = psycopg.connect(database)
    connection.execute(f"""
        REVOKE ALL ON SCHEMA public FROM PUBLIC;
        CREATE ROLE {OWNER};
        CREATE ROLE {STRANGER};
        CREATE SCHEMA {IDENTIFIER} AUTHORIZATION {OWNER};
        GRANT USAGE ON SCHEMA {IDENTIFIER} TO {STRANGER};
        SET LOCAL ROLE {OWNER};
        SET LOCAL search_path = {IDENTIFIER};
    """)
    yield connection
    connection.rollback()
    connection.close()


@pytest.fixture
def audit(owned, schema):
    """Such a connection, with the audit table in its schema."""
    install(owned, schema)
    return owned
