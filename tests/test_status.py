"""``manage.py audit status`` tells what is installed, and ``audit partition`` makes partitions."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from tests.example.models import Loan
from trigger_audit import introspection
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


def execute(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


def run(*arguments, **options):
    """What ``manage.py audit`` printed, and its exit code."""
    output = StringIO()
    try:
        call_command("audit", *arguments, stdout=output, **options)
    except CommandError as error:
        return output.getvalue(), error.returncode
    return output.getvalue(), 0


def tables(**options):
    """What ``audit status`` says of each table, and its exit code."""
    output, code = run("status", "--format=json", **options)
    return {each["table"]: each for each in json.loads(output)}, code


@pytest.mark.proof
@pytest.mark.parametrize("alias", ["default", "other"])
@pytest.mark.django_db(databases=["default", "other"])
def test_all_is_installed_after_migrate(alias):
    found, code = tables(database=alias)
    assert code == 0
    assert {each["state"] for each in found.values()} == {"installed"}
    assert found["library_book_tags"] == {
        "schema": "public",
        "table": "library_book_tags",
        "model": "library.Book_tags",
        "state": "installed",
        "differences": [],
    }
    assert {"library_book", "library_loan", "library_publisher", "auth_user"} <= found.keys()
    assert "library_tag" not in found


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


def text(difference):
    detail = f" ({difference['detail']})" if difference["detail"] else ""
    return f"{difference['kind']}: {difference['name']}{detail}"


def test_dropped_table():
    execute("DROP TABLE library_loan CASCADE")
    found, code = tables()
    assert code == 1
    assert found["library_loan"] == {
        "schema": "",
        "table": "library_loan",
        "model": "library.Loan",
        "state": "not installed",
        "differences": [{"kind": "table missing", "name": "library_loan", "detail": ""}],
    }


def test_dropped_audit_table():
    execute("DROP TABLE trigger_audit_event CASCADE")
    found, code = tables()
    assert code == 1
    assert next(iter(found.values())) == {
        "schema": "public",
        "table": "trigger_audit_event",
        "model": "trigger_audit.AuditEvent",
        "state": "not installed",
        "differences": [
            {
                "kind": "table missing",
                "name": "trigger_audit_event",
                "detail": "every write to an audited table fails",
            }
        ],
    }


def test_what_is_left_over():
    execute("""
        CREATE FUNCTION trigger_audit_capture_sold() RETURNS trigger LANGUAGE plpgsql
        AS 'BEGIN RETURN NULL; END';
        CREATE TRIGGER "!trigger_audit_truncate" AFTER TRUNCATE ON library_tag
        EXECUTE FUNCTION trigger_audit_capture_sold();
    """)
    found, code = tables()
    assert code == 1
    assert [each for each in found.values() if each["state"] != "installed"] == [
        {
            "schema": "public",
            "table": "library_tag",
            "model": "",
            "state": "left over",
            "differences": [
                {"kind": "trigger left over", "name": "!trigger_audit_truncate", "detail": ""}
            ],
        },
        {
            "schema": "public",
            "table": "sold",
            "model": "",
            "state": "left over",
            "differences": [
                {
                    "kind": "function left over",
                    "name": "trigger_audit_capture_sold",
                    "detail": "",
                }
            ],
        },
    ]


def test_another_schema_is_another_project():
    execute("""
        CREATE SCHEMA tenant;
        CREATE TABLE tenant.sold (id integer);
        CREATE FUNCTION tenant.trigger_audit_capture_sold() RETURNS trigger LANGUAGE plpgsql
        AS 'BEGIN RETURN NULL; END';
        CREATE TRIGGER "!trigger_audit_truncate" AFTER TRUNCATE ON tenant.sold
        EXECUTE FUNCTION tenant.trigger_audit_capture_sold();
    """)
    found, code = tables()
    assert code == 0
    assert "sold" not in found


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
    assert tables()[1] == 0
    execute("ALTER TABLE library_loan DROP returned_at")
    found, _ = tables()
    assert [text(each) for each in found["library_loan"]["differences"]] == [
        "column missing: returned_at"
    ]


class NoLoans:
    def allow_migrate(self, db, app_label, model_name=None, **hints):
        return model_name != "loan"


class NoAudit:
    def allow_migrate(self, db, app_label, **hints):
        return app_label != "trigger_audit"


def test_table_that_a_router_keeps_out(settings):
    settings.DATABASE_ROUTERS = ["tests.test_status.NoLoans"]
    execute("DROP TABLE library_loan CASCADE")
    found, code = tables()
    assert code == 0
    assert "library_loan" not in found


def test_declared_for_another_database_is_not_left_over(settings):
    settings.DATABASE_ROUTERS = ["tests.test_status.NoLoans"]
    found, code = tables()
    assert code == 0
    assert "library_loan" not in found


@pytest.mark.parametrize("arguments", [["status"], ["partition"]])
def test_database_that_a_router_keeps_out(settings, arguments):
    settings.DATABASE_ROUTERS = ["tests.test_status.NoAudit"]
    with pytest.raises(CommandError, match="'default' holds no audit table"):
        call_command("audit", *arguments)


def test_text():
    execute('ALTER TABLE library_loan DISABLE TRIGGER "!trigger_audit_delete"')
    execute("DROP FUNCTION trigger_audit_capture_library_book() CASCADE")
    output, code = run("status", no_color=True)
    assert code == 1
    lines = [" ".join(line.split()) for line in output.splitlines()]
    position = lines.index("public.library_book not installed")
    assert lines[position : position + 4] == [
        "public.library_book not installed",
        "public.library_book_tags installed",
        "public.library_loan disabled",
        "trigger disabled: !trigger_audit_delete",
    ]


def test_text_says_what_to_do():
    execute('ALTER TABLE library_loan DISABLE TRIGGER "!trigger_audit_delete"')
    with pytest.raises(CommandError) as raised:
        call_command("audit", "status", stdout=StringIO())
    count = len(introspection.status(connection))
    assert str(raised.value) == (
        f"1 of {count} tables are not as the models declare them. Run manage.py migrate; what that"
        " does not mend, manage.py pgtrigger install does."
    )


def test_colours():
    assert "\x1b[" in run("status", force_color=True)[0]
    assert "\x1b[" not in run("status", no_color=True)[0]


def test_nothing_is_audited(monkeypatch):
    monkeypatch.setattr(introspection, "declared", lambda connection: iter(()))
    assert run("status", no_color=True) == ("No model is audited in this database.\n", 0)


def test_queries_do_not_grow_with_the_tables(monkeypatch):
    with CaptureQueriesContext(connection) as all_tables:
        introspection.status(connection)
    audited = list(introspection.declared(connection))[:1]
    monkeypatch.setattr(introspection, "declared", lambda connection: iter(audited))
    with CaptureQueriesContext(connection) as one_table:
        introspection.status(connection)
    assert len(all_tables) == len(one_table) == 5


PARTITIONS = """
    SELECT inhrelid::regclass::text
    FROM pg_inherits
    WHERE inhparent = 'trigger_audit_event'::regclass
"""


def partitions():
    with connection.cursor() as cursor:
        cursor.execute(PARTITIONS)
        return {name for (name,) in cursor.fetchall()}


def test_partition_makes_the_coming_months():
    before = partitions()
    output, code = run("partition", "--months=6", no_color=True)
    made = [line.removeprefix("Made ") for line in output.splitlines()]
    assert code == 0
    assert len(made) == 3
    assert partitions() == before | set(made)
    assert run("partition", "--months=6") == ("All partitions are there already.\n", 0)
    assert run("partition", "--months=6", verbosity=0) == ("", 0)


@pytest.mark.parametrize("months", ["-1", "121", "some"])
def test_partition_wants_a_sensible_number(months):
    with pytest.raises(CommandError):
        call_command("audit", "partition", f"--months={months}")


def test_partition_without_an_audit_table():
    execute("DROP TABLE trigger_audit_event CASCADE")
    with pytest.raises(CommandError, match=r"Run manage\.py migrate first"):
        call_command("audit", "partition")


def test_migrate_prepares_the_partitions():
    before = partitions()
    newest = max(before - {"trigger_audit_event_default"})
    execute(f"DROP TABLE {newest}")
    call_command("migrate", verbosity=0)
    assert partitions() == before


def test_migrate_goes_on_without_an_audit_table():
    execute("DROP TABLE trigger_audit_event CASCADE")
    call_command("migrate", verbosity=0)


def test_not_of_postgresql(monkeypatch):
    monkeypatch.setattr(connections["default"], "vendor", "sqlite")
    assert list(introspection.declared(connections["default"])) == []
