"""A primary key as events name it."""

import hashlib
import json
import random

import psycopg
import pytest

from tests.sql.audit_table import refused, rows, value, write

NAME = "SELECT trigger_audit_object_id(%s)"
LONGEST_TABLE = "t" * 63


def noise(size):
    """As many characters that no compression makes fewer."""
    return "".join(random.Random(1).choices([chr(code) for code in range(33, 127)], k=size))


def cut(key):
    return f"{key[:500]}...sha256:{hashlib.sha256(key.encode()).hexdigest()}"


@pytest.mark.parametrize("key", ["", "1", "é" * 1300, "x" * 2600, None])
def test_a_key_is_itself(audit, key):
    assert value(audit, NAME, key) == key


@pytest.mark.parametrize("key", ["x" * 2601, "é" * 1301, "\\x" + "00" * 9999, "😀" * 9999])
def test_a_longer_one_is_cut_and_told_apart(audit, key):
    assert value(audit, NAME, key) == cut(key)


def test_longer_ones_differ_although_they_begin_alike(audit):
    assert value(audit, NAME, "x" * 5000) != value(audit, NAME, "x" * 5001)


@pytest.mark.parametrize("key", [noise(2600), noise(2601), noise(100_000), "😀" * 650])
def test_the_index_holds_it_with_the_longest_name_of_a_table(audit, key):
    audit.execute(
        """
        INSERT INTO trigger_audit_event
            (id, at, txid, op, table_schema, table_name, object_id, db_user)
        VALUES (9223372036854775807, now(), pg_current_xact_id(), 'INSERT', 'public', %s,
            trigger_audit_object_id(%s), session_user)
        """,
        [LONGEST_TABLE, key],
    )
    query = "SELECT table_name, object_id FROM trigger_audit_event"
    assert rows(audit, query) == [(LONGEST_TABLE, cut(key) if len(key) > 2600 else key)]


def test_without_it_the_index_refuses_the_key(audit):
    with refused(audit, psycopg.errors.ProgramLimitExceeded):
        write(audit, noise(2701))


def test_it_is_inlined(audit):
    plan = audit.execute(
        "EXPLAIN (FORMAT json, VERBOSE) SELECT trigger_audit_object_id(table_name)"
        " FROM trigger_audit_event"
    ).fetchone()
    assert "octet_length" in json.dumps(plan)
    assert "trigger_audit_object_id" not in json.dumps(plan)
