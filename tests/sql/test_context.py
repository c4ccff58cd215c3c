"""Who and why, as the session told."""

import json

import psycopg
import pytest

from tests.sql.audit_table import IDENTIFIER, STRANGER, refused, rows, value

CONTEXT = "SELECT trigger_audit_context()"


def nested(depth):
    return '{"a":' * depth + "1" + "}" * depth


def tell(connection, told):
    connection.execute("SELECT set_config('trigger_audit.context', %s, true)", [told])


def test_nothing_was_told(audit):
    assert value(audit, CONTEXT) is None


def test_nothing_is_told_any_more(audit):
    tell(audit, '{"user": 1}')
    tell(audit, "")
    assert value(audit, CONTEXT) is None


@pytest.mark.parametrize(
    "told",
    [
        "{}",
        '{"user": 1, "reason": null}',
        '{"reason": "it\'s \\"quoted\\" \\\\ \\n", "é": "😀"}',
        '{"amount": 12.50, "nested": {"list": [1, [2, {"a": []}]]}}',
        nested(99),
        json.dumps({"reason": "x" * 8178}),
    ],
)
def test_an_object_is_kept_as_it_is(audit, told):
    assert len(told) <= 8192
    tell(audit, told)
    assert value(audit, CONTEXT) == json.loads(told)


@pytest.mark.parametrize(
    "told",
    [
        "import of May",
        "{",
        '{"user": 1} trailing',
        " ",
        "[1, 2]",
        '"text"',
        "null",
        "1",
        '{"reason": "\\u0000"}',
        '{"reason": "\\ud800"}',
        nested(100),
        nested(1000),
        "[" * 100_000,
        '{"a":' * 100_000,
        json.dumps({"reason": "x" * 8179}),
        json.dumps({"reason": "é" * 4200}, ensure_ascii=False),
        "😀" * 2000,
    ],
)
def test_anything_else_is_kept_as_text(audit, told):
    tell(audit, told)
    assert value(audit, CONTEXT) == {"unparsed": told[:1000]}


@pytest.mark.parametrize("user", ["a" * 2600, "é" * 1300, 7, None, ["a"], {"id": 7}])
def test_a_user_is_kept(audit, user):
    tell(audit, json.dumps({"user": user}, ensure_ascii=False))
    assert value(audit, CONTEXT) == {"user": user}


@pytest.mark.parametrize("user", ["a" * 2601, "é" * 1301, "😀" * 2000])
def test_a_user_that_no_index_holds_is_cut(audit, user):
    tell(audit, json.dumps({"user": user, "reason": "import"}, ensure_ascii=False))
    assert value(audit, CONTEXT) == {"user": user[:650], "reason": "import"}


def test_it_does_not_depend_on_the_search_path(audit):
    audit.execute(f"""
        CREATE FUNCTION current_setting(text, boolean) RETURNS text
        LANGUAGE sql RETURN 'forged';
        CREATE FUNCTION jsonb_typeof(jsonb) RETURNS text LANGUAGE sql RETURN 'forged';
        SET LOCAL search_path = {IDENTIFIER}, pg_catalog;
    """)
    assert value(audit, CONTEXT) is None
    tell(audit, '{"user": 1}')
    assert value(audit, CONTEXT) == {"user": 1}


def test_it_is_inlined(audit):
    ((plan,),) = rows(audit, "EXPLAIN (VERBOSE, FORMAT JSON) SELECT trigger_audit_context()")
    assert "trigger_audit_parse_context" in plan[0]["Plan"]["Output"][0]


def test_a_stranger_may_not_ask(audit):
    audit.execute(f"SET LOCAL ROLE {STRANGER}")
    with refused(audit, psycopg.errors.InsufficientPrivilege):
        audit.execute(CONTEXT)
