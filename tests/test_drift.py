"""Whatever somebody does to the triggers by hand, ``manage.py audit status`` tells of it."""

import pytest
from django.core.management import call_command

from tests.audit_command import execute, tables, text
from tests.example.models import Loan
from trigger_audit.sql import TRIGGERS

pytestmark = pytest.mark.django_db

CAPTURE = "trigger_audit_capture_library_loan"
CAPTURE_BOOK = "trigger_audit_capture_library_book"
OPTIONS = (
    "DateStyle, IntervalStyle, TimeZone, bytea_output, enable_nestloop, extra_float_digits, jit,"
    " search_path"
)
RECREATE = """
    DROP TRIGGER "!trigger_audit_insert" ON library_loan;
    CREATE TRIGGER "!trigger_audit_insert" {} ON library_loan {}
    EXECUTE FUNCTION trigger_audit_capture_library_loan()
"""
NOTHING_THERE = [f"function missing: {CAPTURE}"] + [
    f"trigger missing: {name}" for name in TRIGGERS.values()
]
DRIFTS = {
    "dropped trigger": (
        'DROP TRIGGER "!trigger_audit_update" ON library_loan',
        "altered",
        ["trigger missing: !trigger_audit_update"],
    ),
    "disabled trigger": (
        'ALTER TABLE library_loan DISABLE TRIGGER "!trigger_audit_delete"',
        "disabled",
        ["trigger disabled: !trigger_audit_delete"],
    ),
    "trigger for replicas": (
        'ALTER TABLE library_loan ENABLE REPLICA TRIGGER "!trigger_audit_delete"',
        "disabled",
        ["trigger disabled: !trigger_audit_delete"],
    ),
    "trigger that fires always": (
        'ALTER TABLE library_loan ENABLE ALWAYS TRIGGER "!trigger_audit_delete"',
        "altered",
        ["trigger altered: !trigger_audit_delete (ENABLE ALWAYS)"],
    ),
    "trigger that calls another function": (
        """
        DROP TRIGGER "!trigger_audit_truncate" ON library_loan;
        CREATE TRIGGER "!trigger_audit_truncate" AFTER TRUNCATE ON library_loan
        EXECUTE FUNCTION trigger_audit_capture_library_book()
        """,
        "altered",
        [f"trigger altered: !trigger_audit_truncate (calls public.{CAPTURE_BOOK})"],
    ),
    "trigger with a condition": (
        RECREATE.format("AFTER INSERT", "FOR EACH ROW WHEN (NEW.id > 5)"),
        "altered",
        ["trigger altered: !trigger_audit_insert (its definition)"],
    ),
    "trigger without its transition table": (
        RECREATE.format("AFTER INSERT", "FOR EACH STATEMENT"),
        "altered",
        ["trigger altered: !trigger_audit_insert (its definition)"],
    ),
    "transition table of another name": (
        RECREATE.format("AFTER INSERT", "REFERENCING NEW TABLE AS other FOR EACH STATEMENT"),
        "altered",
        ["trigger altered: !trigger_audit_insert (its definition)"],
    ),
    "trigger of another time": (
        RECREATE.format("BEFORE INSERT", "FOR EACH STATEMENT"),
        "altered",
        ["trigger altered: !trigger_audit_insert (its definition)"],
    ),
    "trigger for one column": (
        RECREATE.replace("insert", "update").format("AFTER UPDATE OF id", "FOR EACH STATEMENT"),
        "altered",
        ["trigger altered: !trigger_audit_update (its definition)"],
    ),
    "trigger of ours that nobody knows": (
        """
        CREATE TRIGGER "!trigger_audit_more" AFTER TRUNCATE ON library_loan
        EXECUTE FUNCTION trigger_audit_capture_library_loan()
        """,
        "altered",
        ["trigger left over: !trigger_audit_more"],
    ),
    "replaced function": (
        f"""
        CREATE OR REPLACE FUNCTION {CAPTURE}() RETURNS trigger LANGUAGE plpgsql
        AS 'BEGIN RETURN NULL; END'
        """,
        "altered",
        [f"function altered: {CAPTURE} (its text, SECURITY DEFINER, {OPTIONS})"],
    ),
    "function of whoever writes": (
        f"ALTER FUNCTION {CAPTURE}() SECURITY INVOKER",
        "altered",
        [f"function altered: {CAPTURE} (SECURITY DEFINER)"],
    ),
    "function with another search path": (
        f"ALTER FUNCTION {CAPTURE}() SET search_path = public",
        "altered",
        [f"function altered: {CAPTURE} (search_path)"],
    ),
    "function with an option more": (
        f"ALTER FUNCTION {CAPTURE}() SET work_mem = '1GB'",
        "altered",
        [f"function altered: {CAPTURE} (work_mem)"],
    ),
    "function for everyone": (
        f"GRANT EXECUTE ON FUNCTION {CAPTURE}() TO PUBLIC",
        "altered",
        [f"function executable: {CAPTURE} (by PUBLIC)"],
    ),
    "function for somebody": (
        f"GRANT EXECUTE ON FUNCTION {CAPTURE}() TO pg_monitor",
        "altered",
        [f"function executable: {CAPTURE} (by pg_monitor)"],
    ),
    "dropped function": (f"DROP FUNCTION {CAPTURE}() CASCADE", "not installed", NOTHING_THERE),
    "column added by hand": (
        'ALTER TABLE library_loan ADD "Added by hand" text',
        "altered",
        ["column unknown: Added by hand (not audited)"],
    ),
    "dropped column": (
        "ALTER TABLE library_loan DROP card_number",
        "altered",
        ["column missing: card_number"],
    ),
}


@pytest.mark.proof
@pytest.mark.parametrize(("sql", "state", "differences"), DRIFTS.values(), ids=DRIFTS.keys())
def test_drift(sql, state, differences):
    before, _ = tables()
    execute(sql)
    after, code = tables()
    assert code == 1
    loan = after.pop("library_loan")
    assert (loan["state"], [text(each) for each in loan["differences"]]) == (state, differences)
    before.pop("library_loan")
    assert after == before


def test_partitioned_table():
    execute("""
        ALTER TABLE library_loan RENAME TO plain;
        CREATE TABLE library_loan (LIKE plain INCLUDING IDENTITY) PARTITION BY RANGE (id);
        CREATE TABLE few PARTITION OF library_loan FOR VALUES FROM (0) TO (100);
        CREATE TABLE many PARTITION OF library_loan FOR VALUES FROM (100) TO (200)
        PARTITION BY RANGE (id);
        CREATE TABLE most PARTITION OF many FOR VALUES FROM (100) TO (200);
        DROP TABLE plain CASCADE;
    """)
    call_command("pgtrigger", "install", "library.Loan:trigger_audit_insert")
    assert tables()[0]["library_loan"]["state"] == "installed"
    execute('ALTER TABLE most DISABLE TRIGGER "!trigger_audit_insert"')
    found, code = tables()
    assert code == 1
    assert found["library_loan"]["state"] == "disabled"
    assert [text(each) for each in found["library_loan"]["differences"]] == [
        "trigger disabled: !trigger_audit_insert (on partition most)"
    ]


def test_unmanaged_model_may_leave_columns_out(monkeypatch):
    execute("ALTER TABLE library_loan ADD more text")
    monkeypatch.setattr(Loan._meta, "managed", False)
    # Its columns are compared in another way then.
    call_command("pgtrigger", "install")
    assert tables()[1] == 0
    execute("ALTER TABLE library_loan DROP returned_at")
    found, _ = tables()
    assert [text(each) for each in found["library_loan"]["differences"]] == [
        "column missing: returned_at"
    ]
