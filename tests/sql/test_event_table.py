"""The audit table: its shape, and what it shares with nobody."""

import datetime as dt
import re
from pathlib import Path

import pytest

from tests.sql.audit_table import (
    EVENTS,
    IDENTIFIER,
    MONTHS,
    OWNER,
    PARTITIONS,
    STRANGER,
    column,
    drop,
    install,
    rows,
    value,
    write,
    written,
)

OBJECTS = """
    SELECT relname::text AS name, coalesce(relacl, acldefault(
        CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner
    ))::text[] AS acl, obj_description(oid, 'pg_class') AS description
    FROM pg_class
    WHERE relnamespace = %(schema)s::regnamespace AND relkind IN ('r', 'p', 'S')
    UNION ALL
    SELECT proname, coalesce(proacl, acldefault('f', proowner))::text[],
        obj_description(oid, 'pg_proc')
    FROM pg_proc
    WHERE pronamespace = %(schema)s::regnamespace
"""


@pytest.fixture
def objects(audit):
    """All tables, partitions, sequences and functions: name, who may what, and description."""
    return audit.execute(OBJECTS, {"schema": IDENTIFIER}).fetchall()


def test_columns(audit):
    assert rows(
        audit,
        """
        SELECT attname::text, format_type(atttypid, atttypmod), attnotnull,
            pg_get_expr(adbin, adrelid)
        FROM pg_attribute
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE attrelid = 'trigger_audit_event'::regclass AND attnum > 0
        ORDER BY attnum
        """,
    ) == [
        ("id", "bigint", True, "nextval('trigger_audit_event_id_seq'::regclass)"),
        ("at", "timestamp with time zone", True, None),
        ("txid", "xid8", True, None),
        ("op", "text", True, None),
        ("table_schema", "text", True, None),
        ("table_name", "text", True, None),
        ("object_id", "text", False, None),
        ("old", "jsonb", False, None),
        ("new", "jsonb", False, None),
        ("context", "jsonb", False, None),
        ("db_user", "text", True, None),
    ]


def test_ids_rise_in_the_order_of_writing(audit):
    assert rows(
        audit,
        """
        SELECT seqrelid::regclass::text, seqcache, seqcycle,
            pg_get_serial_sequence('trigger_audit_event', 'id')::regclass::oid = seqrelid
        FROM pg_sequence
        """,
    ) == [("trigger_audit_event_id_seq", 1, False, True)]
    assert [write(audit) for _ in range(3)] == [1, 2, 3]


def test_keys_are_compared_byte_by_byte(audit):
    for object_id in ("a", "B", "é", "Z"):
        write(audit, object_id)
    assert column(audit, "SELECT object_id FROM trigger_audit_event ORDER BY object_id") == [
        *("B", "Z", "a", "é")
    ]
    assert value(
        audit,
        """
        SELECT collname::text
        FROM pg_attribute JOIN pg_collation ON pg_collation.oid = attcollation
        WHERE attrelid = 'trigger_audit_event'::regclass AND attname = 'object_id'
        """,
    ) == ("C")


MOVED = (
    " CASE WHEN ((op = 'UPDATE'::text) AND ((new ->> 'id'::text) <> object_id))"
    " THEN NULL::boolean ELSE false END"
)


def test_indexes(audit):
    definition = "regexp_replace(pg_get_indexdef(indexrelid), '.* USING ', '')"
    definition = f"regexp_replace({definition}, '\\s+', ' ', 'g')"
    query = f"SELECT {definition} FROM pg_index WHERE indrelid = %s::regclass ORDER BY 1"
    wanted = [
        "brin (at) WITH (pages_per_range='32')",
        "btree (((context ->> 'user'::text)), at) WHERE ((context ->> 'user'::text) IS NOT NULL)",
        "btree (id, at)",
        "btree (table_name, id) WHERE (" + MOVED + " IS NULL)",
        "btree (table_name, object_id, id)",
        "btree (table_schema, id) WHERE (op = 'RENAME'::text)",
        "btree (txid)",
    ]
    for relation in ("trigger_audit_event", *column(audit, PARTITIONS)):
        assert column(audit, query, relation) == wanted


def test_the_indexes_that_are_documented(audit):
    text = (Path(__file__).parents[2] / "docs" / "performance.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(trigger_audit_event_\w+)`", text))
    indexes = column(audit, "SELECT relname::text FROM pg_class WHERE relkind = 'I'")
    assert named == set(indexes) - {"trigger_audit_event_pkey"}


@pytest.mark.proof
def test_long_images_are_compressed_in_the_fastest_way(audit):
    audit.execute("SELECT trigger_audit_prepare_partitions(4)")
    has_lz4 = value(
        audit,
        "SELECT 'lz4' = any(enumvals) FROM pg_settings WHERE name = 'default_toast_compression'",
    )
    query = """
        SELECT attname::text, attcompression::text FROM pg_attribute
        WHERE attrelid = %s::regclass AND atttypid = 'jsonb'::regtype ORDER BY attname
    """
    wanted = [(name, "l" if has_lz4 else "") for name in ("context", "new", "old")]
    for relation in ("trigger_audit_event", *column(audit, PARTITIONS)):
        assert rows(audit, query, relation) == wanted


def test_vacuum_does_not_wait_to_summarize_what_is_new(audit):
    audit.execute("SELECT trigger_audit_prepare_partitions(4)")
    for partition in column(audit, PARTITIONS):
        query = "SELECT reloptions FROM pg_class WHERE oid = %s::regclass"
        assert value(audit, query, partition) == [
            "autovacuum_vacuum_insert_scale_factor=0",
            "autovacuum_vacuum_insert_threshold=10000",
        ]


def test_no_event_pays_for_a_constraint(audit):
    checks = "SELECT conname FROM pg_constraint WHERE contype = 'c' AND conrelid = %s::regclass"
    for relation in ("trigger_audit_event", *column(audit, PARTITIONS)):
        assert column(audit, checks, relation) == []


def test_the_kinds_of_events_are_told(audit):
    description = value(
        audit,
        """
        SELECT col_description(attrelid, attnum) FROM pg_attribute
        WHERE attrelid = 'trigger_audit_event'::regclass AND attname = 'op'
        """,
    )
    kinds = set(re.findall("[A-Z]{4,}", description))
    assert kinds == {"INSERT", "UPDATE", "DELETE", "TRUNCATE", "SNAPSHOT", "RENAME"}


def test_no_write_fails_for_want_of_a_partition(audit):
    for at in ("'2001-01-01'", "'infinity'", "'-infinity'", "'4000-01-01'"):
        write(audit, at, at)
    assert column(audit, "SELECT object_id FROM trigger_audit_event_default ORDER BY id") == [
        *("'2001-01-01'", "'infinity'", "'-infinity'", "'4000-01-01'")
    ]


def test_an_event_of_today_is_in_the_partition_of_its_month(audit):
    write(audit)
    (month,) = column(audit, MONTHS, 0)
    assert column(audit, "SELECT tableoid::regclass::text FROM trigger_audit_event") == [month]
    assert rows(audit, EVENTS) == [written()]


def test_the_public_has_no_right(audit, objects):
    for name, acl, _ in objects:
        assert {right.split("=")[0] for right in acl} == {OWNER}, name


def test_default_privileges_give_no_right(owned, schema):
    for kind in ("TABLES", "SEQUENCES", "FUNCTIONS"):
        owned.execute(f"ALTER DEFAULT PRIVILEGES GRANT ALL ON {kind} TO {STRANGER}, PUBLIC")
    install(owned, schema)
    owned.execute("SELECT trigger_audit_prepare_partitions(4)")
    objects = owned.execute(OBJECTS, {"schema": IDENTIFIER}).fetchall()
    assert len(objects) > 20
    for name, acl, _ in objects:
        assert [entry.partition("=")[0] for entry in acl] == [OWNER], name


def test_what_was_granted_by_name_stays(audit):
    audit.execute(f"""
        GRANT SELECT ON trigger_audit_event TO {STRANGER};
        SELECT trigger_audit_prepare_partitions(4);
        SET LOCAL ROLE {STRANGER};
    """)
    assert rows(audit, EVENTS) == []


def test_all_is_described(audit, objects):
    assert [name for name, _, description in objects if not description] == []
    assert column(
        audit,
        """
        SELECT attname::text FROM pg_attribute
        WHERE attrelid = 'trigger_audit_event'::regclass AND attnum > 0
            AND col_description(attrelid, attnum) IS NULL
        """,
    ) == ([])


def test_no_function_looks_names_up_as_its_caller_would(audit):
    assert column(
        audit,
        """
        SELECT proname::text FROM pg_proc
        WHERE starts_with(proname::text, 'trigger_audit_')
            -- A body that is no string has its names bound already.
            AND prosqlbody IS NULL
            AND NOT 'search_path=pg_catalog, pg_temp' = ANY (coalesce(proconfig, '{}'))
        """,
    ) == ([])


def test_two_schemas_do_not_touch_each_other(audit, schema):
    audit.execute(f"RESET ROLE; CREATE SCHEMA other AUTHORIZATION {OWNER}; SET LOCAL ROLE {OWNER}")
    install(audit, "other")
    write(audit)
    write(audit, at="'2001-01-01'")
    table = rows(audit, "SELECT tableoid::regclass::text, * FROM trigger_audit_event")
    partitions = rows(audit, PARTITIONS)
    assert rows(audit, "SELECT * FROM other.trigger_audit_event") == []

    audit.execute("SELECT other.trigger_audit_prepare_partitions(9)")
    write(audit, relation="other.trigger_audit_event")
    audit.execute("SET LOCAL trigger_audit.allow_change = 'a test'")
    audit.execute("TRUNCATE other.trigger_audit_event")
    assert value(audit, "SELECT op FROM other.trigger_audit_event") == "TRUNCATE"
    audit.execute("SELECT other.trigger_audit_flush()")
    assert rows(audit, "SELECT * FROM other.trigger_audit_event") == []
    drop(audit, "other")

    assert rows(audit, "SELECT tableoid::regclass::text, * FROM trigger_audit_event") == table
    assert rows(audit, PARTITIONS) == partitions


def test_dropped_it_leaves_nothing(audit, schema):
    drop(audit, schema)
    assert audit.execute(OBJECTS, {"schema": IDENTIFIER}).fetchall() == []
    install(audit, schema)
    write(audit)
    assert rows(audit, EVENTS) == [written()]


def test_it_needs_no_search_path(audit, schema):
    audit.execute("SET LOCAL search_path = ''")
    table = f"{IDENTIFIER}.trigger_audit_event"
    write(audit, relation=table)
    moment, transaction = rows(audit, f"SELECT at, txid::text FROM {table}")[0]
    assert dt.datetime.now(dt.timezone.utc) - moment < dt.timedelta(minutes=5)
    assert transaction == value(audit, "SELECT pg_current_xact_id()::text")
