"""What the tests of the audit table's SQL do again and again."""

import os
from contextlib import contextmanager

import psycopg
import pytest

from trigger_audit import parts, templates
from trigger_audit.installation import AUDIT_TABLE

SCHEMA = 'Log "1"'
IDENTIFIER = '"Log ""1"""'
# Roles belong to the whole server, which other processes may be testing on.
OWNER = f"test_owner_{os.getpid()}"
STRANGER = f"test_stranger_{os.getpid()}"

EVENTS = """
    SELECT op, table_schema, table_name, object_id, old, new, context, db_user
    FROM trigger_audit_event
    ORDER BY id
"""
MONTHS = """
    SELECT to_char(
        (now() AT TIME ZONE 'UTC') + make_interval(months => ahead), '"trigger_audit_event_"YYYY_MM'
    )
    FROM generate_series(0, %s) AS ahead
"""
PARTITIONS = """
    SELECT relid::regclass::text
    FROM pg_partition_tree('trigger_audit_event')
    WHERE isleaf
    ORDER BY 1
"""


def install(connection, schema):
    for name in AUDIT_TABLE:
        connection.execute(templates.render(name, schema=schema))
    for part, names in parts.PARTS.items():
        for name in names:
            connection.execute(templates.render(name, schema=schema))
        ours = parts.names(part)
        connection.execute(templates.render("withhold_named", schema=schema, names=ours))


def drop(connection, schema):
    for part in reversed(parts.PARTS):
        connection.execute(templates.render(f"drop_{part}", schema=schema))
    connection.execute(templates.render("drop_audit_table", schema=schema))


def rows(connection, query, *parameters):
    return connection.execute(query, parameters or None).fetchall()


def column(connection, query, *parameters):
    return [value for (value,) in rows(connection, query, *parameters)]


def value(connection, query, *parameters):
    ((value,),) = rows(connection, query, *parameters)
    return value


def write(connection, object_id="1", at="clock_timestamp()", relation="trigger_audit_event"):
    """Write an event as a capture function would."""
    return value(
        connection,
        f"""
        INSERT INTO {relation}
            (at, txid, op, table_schema, table_name, object_id, new, db_user)
        VALUES ({at}, pg_current_xact_id(), 'INSERT', 'public', 'book', %s, '{{}}', session_user)
        RETURNING id
        """,
        object_id,
    )


def written(object_id="1"):
    """The event that ``write`` writes, less what differs each time."""
    return ("INSERT", "public", "book", object_id, None, {}, None, "postgres")


@contextmanager
def refused(connection, error):
    """Expect a statement to fail, and go on with the transaction."""
    with pytest.raises(error) as caught, connection.transaction():
        yield caught


@contextmanager
def on_purpose(connection, reason):
    """Be allowed to change what is recorded; outside of it nobody is."""
    connection.execute("SELECT set_config('trigger_audit.allow_change', %s, true)", [reason])
    yield
    connection.execute("SET LOCAL trigger_audit.allow_change = ''")


@contextmanager
def logged(connection):
    """Collects the server's messages, those for its log included."""
    messages = []

    def collect(diagnostic: psycopg.errors.Diagnostic) -> None:
        messages.append((diagnostic.severity_nonlocalized, diagnostic.message_primary))

    connection.add_notice_handler(collect)
    connection.execute("SET LOCAL client_min_messages = log")
    yield messages
    connection.execute("RESET client_min_messages")
    connection.remove_notice_handler(collect)
