"""Projections for tests: those that ``docs/projections.md`` shows, and one that keeps its calls."""

import json
import re
from pathlib import Path

from django.db import connection

from trigger_audit import Audit, projection_installation
from trigger_audit.triggers import compile_audit

DOCS = (Path(__file__).parents[2] / "docs" / "projections.md").read_text(encoding="utf-8")
FUNCTIONS, REBUILD = re.findall(r"^```sql\n(.*?)^```", DOCS, re.DOTALL | re.MULTILINE)
NAMES = re.findall(r"FUNCTION (\w+)\(\)$", FUNCTIONS, re.MULTILINE)
TABLES = """
    CREATE TABLE library_publishercount (publisher_id bigint PRIMARY KEY, books bigint NOT NULL);
    CREATE TABLE library_bookentry (
        book_id bigint PRIMARY KEY, title text NOT NULL, publisher_id bigint, publisher text
    );
"""
KEPT = (
    "SELECT publisher_id, books FROM library_publishercount WHERE books <> 0 ORDER BY 1",
    "SELECT book_id, title, publisher_id, publisher FROM library_bookentry ORDER BY 1",
)
LIVE = (
    """
    SELECT publisher_id, count(*) FROM library_book WHERE publisher_id IS NOT NULL
    GROUP BY publisher_id ORDER BY publisher_id
    """,
    """
    SELECT library_book.id, title, publisher_id, library_publisher.name FROM library_book
    LEFT JOIN library_publisher ON library_publisher.id = publisher_id ORDER BY library_book.id
    """,
)

CALLS = """
    CREATE TABLE calls (
        id serial, function text, table_name text, op text, old jsonb, new jsonb, events bigint
    );
    CREATE FUNCTION first() RETURNS trigger LANGUAGE plpgsql AS $body$
    DECLARE
        before jsonb;
        after jsonb;
    BEGIN
        IF TG_OP IN ('UPDATE', 'DELETE') THEN
            SELECT coalesce(jsonb_agg(image ORDER BY image), '[]') INTO before
            FROM (SELECT to_jsonb(old_rows) AS image FROM old_rows) AS images;
        END IF;
        IF TG_OP IN ('INSERT', 'UPDATE') THEN
            SELECT coalesce(jsonb_agg(image ORDER BY image), '[]') INTO after
            FROM (SELECT to_jsonb(new_rows) AS image FROM new_rows) AS images;
        END IF;
        INSERT INTO calls (function, table_name, op, old, new, events)
        SELECT 'first', TG_TABLE_NAME, TG_OP, before, after, count(*)
        FROM trigger_audit_event
        WHERE txid = pg_current_xact_id() AND op = TG_OP AND table_name = TG_TABLE_NAME;
        RETURN NULL;
    END
    $body$;
    CREATE FUNCTION "Second" () RETURNS trigger LANGUAGE plpgsql AS $body$
    BEGIN
        INSERT INTO calls (function, table_name, op) VALUES ('Second', TG_TABLE_NAME, TG_OP);
        RETURN NULL;
    END
    $body$;
"""


def project(monkeypatch, model, *names):
    """Have functions called with the rows of a model's statements."""
    compiled = compile_audit(model, Audit(projections=names))
    with monkeypatch.context() as patched, connection.schema_editor() as schema_editor:
        patched.setattr(model._meta, "audit", compiled, raising=False)
        projection_installation.install(schema_editor, model)


def fetch(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def kept():
    """The tables that the projections keep."""
    return [fetch(statement) for statement in KEPT]


def live():
    """The same, asked of the tables that they follow."""
    return [fetch(statement) for statement in LIVE]


def calls():
    """The calls that were written down, each once, with their rows."""
    found = fetch(
        "WITH gone AS (DELETE FROM calls RETURNING *) SELECT function, table_name, op, old::text,"
        " new::text, events FROM gone ORDER BY id"
    )
    return [
        (function, table, op, *(rows and json.loads(rows) for rows in images), events)
        for function, table, op, *images, events in found
    ]
