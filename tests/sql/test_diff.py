"""What two images of a row do not have in common."""

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.sql.audit_table import STRANGER, refused, rows

DIFF = "SELECT * FROM trigger_audit_diff(%s, %s)"


def diff(connection, old, new):
    images = (None if image is None else Jsonb(image) for image in (old, new))
    return rows(connection, DIFF, *images)


def test_whole_rows(audit):
    old = {"id": 1, "title": "Emma", "price": None, "tags": ["a"], "notes": "same"}
    new = {"id": 1, "title": "Dune", "price": 5, "tags": ["a", "b"], "notes": "same"}
    assert diff(audit, old, new) == [
        ("price", None, 5),
        ("tags", ["a"], ["a", "b"]),
        ("title", "Emma", "Dune"),
    ]


def test_images_of_what_changed(audit):
    assert diff(audit, {"price": 5, "title": None}, {"price": None, "title": "Emma"}) == [
        ("price", 5, None),
        ("title", None, "Emma"),
    ]


def test_an_insert_has_no_old_values_and_a_delete_no_new_ones(audit):
    image = {"id": 1, "title": "Emma", "price": None}
    assert diff(audit, None, image) == [("id", None, 1), ("title", None, "Emma")]
    assert diff(audit, image, None) == [("id", 1, None), ("title", "Emma", None)]


def test_a_column_that_an_image_leaves_out_counts_as_null(audit):
    assert diff(audit, {"a": 1, "b": None}, {"a": 1, "c": 2}) == [("c", None, 2)]


def test_nothing_differs(audit):
    assert diff(audit, {"a": {"b": [1, None]}}, {"a": {"b": [1, None]}}) == []
    assert diff(audit, None, None) == []
    assert diff(audit, {}, None) == []


def test_json_null_inside_a_value_is_a_value(audit):
    assert diff(audit, {"a": {"b": None}}, {"a": {}}) == [("a", {"b": None}, {})]


def test_a_number_written_otherwise_differs(audit):
    ((name, old, new),) = rows(
        audit,
        "SELECT column_name, old_value::text, new_value::text"
        """ FROM trigger_audit_diff('{"price": 1.0}', '{"price": 1.00}')""",
    )
    assert (name, old, new) == ("price", "1.0", "1.00")


def test_what_is_redacted(audit):
    old = {"isbn": "[redacted]", "card": "[redacted]"}
    new = {"isbn": "[redacted: changed]", "card": "[redacted]"}
    assert diff(audit, old, new) == [("isbn", "[redacted]", "[redacted: changed]")]


def test_of_events(audit):
    audit.execute("""
        INSERT INTO trigger_audit_event
            (at, txid, op, table_schema, table_name, object_id, old, new, db_user)
        VALUES (now(), pg_current_xact_id(), 'UPDATE', 'public', 'book', '7',
            '{"price": 5, "title": "Emma"}', '{"price": 6, "title": "Emma"}', session_user)
    """)
    query = """
        SELECT event.object_id, diff.*
        FROM trigger_audit_event AS event
        CROSS JOIN LATERAL trigger_audit_diff(event.old, event.new) AS diff
    """
    assert rows(audit, query) == [("7", "price", 5, 6)]


@pytest.mark.parametrize("image", ["[1]", "1", "null"])
def test_what_is_no_image_has_no_columns(audit, image):
    query = "SELECT * FROM trigger_audit_diff(%s, %s)"
    assert rows(audit, query, image, '{"a": 1}') == [("a", None, 1)]


def test_it_is_for_those_who_were_let(audit):
    audit.execute(f"SET LOCAL ROLE {STRANGER}")
    with refused(audit, psycopg.errors.InsufficientPrivilege):
        diff(audit, {}, {})
