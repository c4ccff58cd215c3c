"""What becomes of the triggers of projections by hand is told, and pgtrigger's commands mend it."""

import re

import pytest
from django.core.management import call_command
from django.db import connection
from pgtrigger import registry

from tests.audit_command import execute, tables, text
from tests.capture.events import query
from tests.capture.projections import CALLS, project
from tests.example.models import Loan
from trigger_audit import Audit, introspection
from trigger_audit.exceptions import ProjectionFunctionMissing, ProjectionOfPartitions
from trigger_audit.sql import TRIGGERS

pytestmark = pytest.mark.django_db

NAMES = ["first", "Second"]
FIRST = '"!trigger_projection_01_insert"'
URI = "library.Loan:trigger_projection_0{}_{}"
ALL = [URI.format(1, "insert"), URI.format(1, "truncate"), URI.format(2, "insert")]
INSTALLED, OUTDATED, UNINSTALLED = "INSTALLED ENABLED", "OUTDATED ENABLED", "UNINSTALLED N/A"
FIRST_INSERT = URI.format(1, "insert")


@pytest.fixture(autouse=True)
def loans(db, monkeypatch):
    """Loans have two projections."""
    execute(CALLS)
    project(monkeypatch, Loan, *NAMES)
    declared = Loan._meta.audit
    audit = Audit(redact=declared.redact, images=declared.images, projections=NAMES)
    monkeypatch.setattr(Loan._meta, "audit", audit)
    # What django-pgtrigger once knew it does not forget.
    monkeypatch.setattr(registry._registry, "data", {**registry._registry.data})


@pytest.fixture
def ls(capsys):
    """Runs ``pgtrigger ls`` for the projections' triggers; returns what it says of each."""

    def run():
        call_command("pgtrigger", "ls", *ALL)
        plain = re.sub(r"\x1b\[\d+m", "", capsys.readouterr().out)
        rows = [" ".join(line.split()).rsplit(" ", 1) for line in plain.splitlines()]
        return {uri: state for state, uri in rows}

    return run


def state():
    """What ``audit status`` says of the table of loans."""
    (loan,) = introspection.audited_tables(Loan)
    found = introspection.table_status(connection, loan)
    return found.state, [str(each) for each in found.differences]


def test_all_is_there(ls):
    assert state() == ("installed", [])
    assert ls() == dict.fromkeys(ALL, INSTALLED)


DRIFTS = {
    "dropped": (
        f"DROP TRIGGER {FIRST} ON library_loan",
        "altered",
        "trigger missing: !trigger_projection_01_insert",
        UNINSTALLED,
    ),
    "disabled": (
        f"ALTER TABLE library_loan DISABLE TRIGGER {FIRST}",
        "disabled",
        "trigger disabled: !trigger_projection_01_insert",
        "INSTALLED DISABLED",
    ),
    "another function": (
        f"""
        CREATE OR REPLACE TRIGGER {FIRST} AFTER INSERT ON library_loan
        REFERENCING NEW TABLE AS new_rows EXECUTE FUNCTION "Second"()
        """,
        "altered",
        "trigger altered: !trigger_projection_01_insert (calls public.Second)",
        OUTDATED,
    ),
    "without its rows": (
        f"CREATE OR REPLACE TRIGGER {FIRST} AFTER INSERT ON library_loan EXECUTE FUNCTION first()",
        "altered",
        "trigger altered: !trigger_projection_01_insert (its definition)",
        OUTDATED,
    ),
}


@pytest.mark.parametrize(("sql", "status", "difference", "shown"), DRIFTS.values(), ids=DRIFTS)
def test_drift_is_told_and_mended(ls, sql, status, difference, shown):
    execute(sql)
    assert state() == (status, [difference])
    assert ls() == {**dict.fromkeys(ALL, INSTALLED), FIRST_INSERT: shown}
    call_command("pgtrigger", "install", FIRST_INSERT)
    assert state() == ("installed", [])
    assert ls() == dict.fromkeys(ALL, INSTALLED)


def test_disable_and_enable():
    insert = "INSERT INTO library_loan (id, book_id, card_number) SELECT 1, 1, '1' WHERE FALSE"
    call_command("pgtrigger", "disable", FIRST_INSERT)
    execute(insert)
    assert query("SELECT array_agg(function ORDER BY id) FROM calls") == (["Second"],)
    call_command("pgtrigger", "enable", FIRST_INSERT)
    execute(insert)
    found = query("SELECT array_agg(function ORDER BY id) FROM calls")
    assert found == (["Second", "first", "Second"],)


def test_uninstall_and_install(ls):
    call_command("pgtrigger", "uninstall", *ALL)
    assert ls() == dict.fromkeys(ALL, UNINSTALLED)
    assert state()[0] == "altered"
    call_command("pgtrigger", "install", *ALL)
    assert state() == ("installed", [])


def test_the_capture_is_another_matter(ls):
    execute("DROP FUNCTION trigger_audit_capture_library_loan() CASCADE")
    assert state()[0] == "not installed"
    assert ls() == dict.fromkeys(ALL, INSTALLED)
    call_command("pgtrigger", "install", "library.Loan:trigger_audit_insert")
    assert state() == ("installed", [])


def test_a_function_that_is_gone():
    execute("DROP FUNCTION first() CASCADE")
    names = [f"trigger missing: !trigger_projection_01_{operation}" for operation in TRIGGERS]
    assert state() == ("altered", names)
    with pytest.raises(ProjectionFunctionMissing, match=r"library\.Loan: first\(\)"):
        call_command("pgtrigger", "install", FIRST_INSERT)


def test_a_table_that_has_partitions_by_now():
    execute("""
        ALTER TABLE library_loan RENAME TO plain;
        CREATE TABLE library_loan (LIKE plain INCLUDING IDENTITY) PARTITION BY RANGE (id);
        DROP TABLE plain CASCADE;
    """)
    call_command("pgtrigger", "install", "library.Loan:trigger_audit_insert")
    assert "table partitioned: library_loan (projections miss its partitions)" in state()[1]
    with pytest.raises(ProjectionOfPartitions, match=r"library\.Loan"):
        call_command("pgtrigger", "install", FIRST_INSERT)


def test_what_nobody_declares_any_more(monkeypatch):
    audit = Audit(redact=["card_number"], images="changes", projections=["first"])
    monkeypatch.setattr(Loan._meta, "audit", audit)
    names = sorted(f"!trigger_projection_02_{operation}" for operation in TRIGGERS)
    assert state() == ("altered", [f"trigger left over: {name}" for name in names])
    monkeypatch.setattr(Loan._meta, "audit", None)
    found, code = tables()
    assert code == 1
    assert found["library_loan"]["state"] == "left over"
    assert {f"trigger left over: {name}" for name in names} < {
        text(each) for each in found["library_loan"]["differences"]
    }
