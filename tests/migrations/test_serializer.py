"""SQL in a migration file: an indented block that reads back as the same text."""

from runpy import run_path
from tempfile import NamedTemporaryFile

import pytest
from django.db.migrations import Migration
from django.db.migrations.writer import MigrationWriter
from hypothesis import given
from hypothesis import strategies as st

from trigger_audit.operations import AddAudit
from trigger_audit.sql import SQL

FRAGMENTS = [
    "SELECT",
    "'",
    '"',
    "''",
    "'''",
    '"""',
    "\\",
    "\\n",
    "\\'",
    "\n",
    "\n\n",
    " ",
    "    ",
    "\t",
    "\r",
    "\r\n",
    "\x0c",
    "\x85",
    "\u2028",
    "é",
    "😀",
    "$body$",
    "{}",
    "%s",
    ":a",
    ")",
    "#",
    "r",
]


def read_back(sql: SQL) -> SQL:
    """What Python makes of the migration that Django writes."""
    migration = type("Migration", (Migration,), {"operations": [AddAudit("book", sql, {"t": sql})]})
    text = MigrationWriter(migration("0001_initial", "shop"), include_header=False).as_string()
    with NamedTemporaryFile("w", suffix=".py", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        (operation,) = run_path(file.name)["Migration"].operations
    compiled = operation.compiled()
    assert compiled.many_to_many == {"t": compiled.sql}
    return compiled.sql


# PostgreSQL has no character 0.
CHARACTERS = st.characters(codec="utf-8", exclude_characters="\0")


@given(st.lists(st.sampled_from(FRAGMENTS)).map("".join) | st.text(CHARACTERS))
def test_any_text_is_read_back(text):
    assert read_back(SQL(text)) == SQL(text)


def test_a_text_is_a_block():
    sql = SQL("CREATE FUNCTION a()\n\n    AS $body$ '\\d' $body$;")
    text, imports = MigrationWriter.serialize(sql)
    assert imports == {"import trigger_audit.sql"}
    assert text.splitlines() == [
        'trigger_audit.sql.SQL(r"""',
        "    CREATE FUNCTION a()",
        "",
        "        AS $body$ '\\d' $body$;",
        '""")',
    ]


@pytest.mark.parametrize(
    ("text", "start"),
    [('a """ b', "SQL(r'''\n"), ("a \"\"\" ''' b", "SQL('a"), ("a\\", 'SQL(r"""'), ("", "SQL(")],
)
def test_quotes_are_chosen_by_the_text(text, start):
    assert MigrationWriter.serialize(SQL(text))[0].startswith(f"trigger_audit.sql.{start}")


def test_texts_that_differ_in_indentation_alone_are_equal():
    assert SQL("\n    SELECT\n        1\n") == SQL("SELECT\n    1")
    assert hash(SQL(" SELECT")) == hash(SQL("SELECT"))
    assert repr(SQL("SELECT")) == "SQL('SELECT')"
    assert SQL("SELECT") != "SELECT"
