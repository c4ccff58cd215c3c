"""Templates are filled in as psql would, strictly."""

import shlex
import subprocess
import sys

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.conninfo import make_conninfo

from tests import postgres
from trigger_audit import exceptions, installation, parts, templates


@pytest.mark.parametrize(
    ("text", "variables", "wanted"),
    [
        (':"v"', {"v": "name"}, '"name"'),
        (':"v"', {"v": 'a"b'}, '"a""b"'),
        (":'v'", {"v": "text"}, "'text'"),
        (":'v'", {"v": "a'b"}, "'a''b'"),
        (":'v'", {"v": "a\\b'c"}, "E'a\\\\b''c'"),
        (":v", {"v": "any 'thing"}, "any 'thing"),
        (':"a".:"b"', {"a": "x", "b": "y"}, '"x"."y"'),
        ("f(:v::text, :v)", {"v": "1"}, "f(1::text, 1)"),
        (":'v'::regclass", {"v": "x"}, "'x'::regclass"),
        ("$body$ SELECT :'v' $body$", {"v": "x"}, "$body$ SELECT 'x' $body$"),
        (":a :b", {"a": ":b", "b": "!"}, ":b !"),
    ],
)
def test_a_variable_is_quoted_as_its_place_says(text, variables, wanted):
    assert templates.substitute(text, open_variables=(), **variables) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "x::v",
        "x::v[]",
        "x := v; y :=v",
        "-- it's :v\n",
        "/* it's :v\n:v */",
        "':v' ':\"v\"'",
        "'it''s :v'",
        "E'it\\'s :v'",
        '":v" "a"":v"',
        "array[1:2]",
        "a:v",
    ],
)
def test_what_is_no_variable_stays(text):
    assert templates.substitute(text, open_variables=()) == text


def test_after_a_string_variables_go_on():
    text = "'a' || e'\\'' || \"b'\" || 'c''' || :'v' -- :v\n|| :v"
    filled = templates.substitute(text, open_variables=(), v="d")
    assert filled == "'a' || e'\\'' || \"b'\" || 'c''' || 'd' -- :v\n|| d"


def test_what_begins_a_line_is_indented_to_its_end():
    text = "f(\n    :pairs,\n    x, :pairs\n)"
    filled = templates.substitute(text, open_variables=(), pairs="1,\n2")
    assert filled == "f(\n    1,\n    2,\n    x, 1,\n2\n)"


def test_a_string_of_several_lines_is_not_indented():
    value = "'a\nb' ||\n\"c\nd\" ||\nE'\\'\n'"
    filled = templates.substitute("(\n  :v\n)", open_variables=(), v=value)
    assert filled == "(\n  'a\nb' ||\n  \"c\nd\" ||\n  E'\\'\n'\n)"


def test_a_value_is_not_looked_into():
    filled = templates.substitute(":'a' :\"b\" :c", open_variables=(), a=":b", b=":'a'", c=":a")
    assert filled == "':b' \":'a'\" :a"


def test_variables_may_be_left_open():
    text = ':"schema" :v'
    assert templates.substitute(text, v="1") == ':"schema" 1'
    assert templates.substitute(text, open_variables=("schema",), v="1") == ':"schema" 1'


def test_a_variable_that_is_missing_is_an_error():
    with pytest.raises(exceptions.MissingVariable) as caught:
        templates.substitute(':"schema" :v', open_variables=("schema",))
    assert str(caught.value) == "An SQL template has a variable that was not given. (v)"


def test_a_variable_too_many_is_an_error():
    with pytest.raises(exceptions.UnknownVariable) as caught:
        templates.render("context", schema="public", table="book", alias="b")
    assert str(caught.value) == (
        "A variable was given that the SQL template does not have. (alias, table)"
    )


def test_an_error_is_its_docstring():
    assert str(exceptions.TriggerAuditError()) == "Something went wrong in trigger_audit."


def test_the_installed_package_has_its_templates_inside(monkeypatch, tmp_path):
    inside = tmp_path / "site-packages" / "trigger_audit"
    (inside / "sql_templates").mkdir(parents=True)
    monkeypatch.setattr(templates, "__file__", str(inside / "templates.py"))
    assert templates.folder() == inside / "sql_templates"
    (inside / "sql_templates").rmdir()
    assert templates.folder() == tmp_path / "site-packages" / "sql_templates"


# PostgreSQL knows no character 0.
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@given(texts, st.sampled_from(["on", "off"]))
def test_the_server_reads_a_literal_back(session, text, standard):
    session.execute(f"SET standard_conforming_strings = {standard}")
    query = templates.substitute("SELECT :'v'", open_variables=(), v=text)
    assert session.execute(query).fetchone() == (text,)


@given(texts.filter(lambda name: 0 < len(name.encode()) < 64))
def test_the_server_reads_an_identifier_back(session, name):
    query = templates.substitute('SELECT 1 AS :"v"', open_variables=(), v=name)
    assert session.execute(query).description[0].name == name


@pytest.fixture(scope="module")
def session():
    """A connection for tests that run many queries, each in a transaction of its own."""
    server = make_conninfo(**{**postgres.connection(), "dbname": "postgres"})
    with psycopg.connect(server, autocommit=True) as session:
        session.execute("SET escape_string_warning = off")
        yield session


def by_hand(*arguments):
    command = [sys.executable, "-m", "trigger_audit.templates", *arguments]
    return subprocess.run(command, capture_output=True, text=True)


def commands_of_the_readme():
    """The templates that each command makes for psql."""
    readme = (templates.folder() / "README.md").read_text()
    for block in readme.split("```console\n")[1:]:
        command = block.split("```")[0].removeprefix("$ ").split(" | psql")[0]
        python, *arguments = shlex.split(command.replace("\\\n", ""))
        assert [python, *arguments[:2]] == ["python", "-m", "trigger_audit.templates"]
        yield arguments[2:]


def test_by_hand_the_readme_makes_the_audit_table_and_its_parts(postgresql):
    _, *made = commands_of_the_readme()
    assert [tuple(names[:-2]) for names in made] == [
        installation.AUDIT_TABLE,
        *parts.PARTS.values(),
    ]
    for arguments in made:
        done = by_hand(*arguments)
        assert (done.stderr, done.returncode) == ("", 0)
        postgresql.execute(done.stdout)
    query = "SELECT count(*) FROM trigger_audit_prepare_partitions(4)"
    assert postgresql.execute(query).fetchone() == (1,)


def test_by_hand_a_missing_variable_is_told():
    done = by_hand("guard")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines()[-1] == (
        "python -m trigger_audit.templates: error: "
        "An SQL template has a variable that was not given. (schema)"
    )
