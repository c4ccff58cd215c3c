"""``manage.py audit status`` tells what is installed."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from tests.audit_command import execute, run, tables, text
from trigger_audit import introspection

pytestmark = pytest.mark.django_db


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


@pytest.mark.parametrize(
    ("sql", "differences"),
    [
        (
            # As pg_restore --disable-triggers leaves them: a replica's session silences them.
            "ALTER TABLE trigger_audit_event_default ENABLE TRIGGER ALL",
            [
                "guard disabled: trigger_audit_guard_row (on trigger_audit_event_default)",
                "guard disabled: trigger_audit_guard_statement (on trigger_audit_event_default)",
                "guard disabled: trigger_audit_guard_trace (on trigger_audit_event_default)",
            ],
        ),
        (
            "DROP TRIGGER trigger_audit_guard_statement ON trigger_audit_event_default",
            ["guard missing: trigger_audit_guard_statement (on trigger_audit_event_default)"],
        ),
    ],
    ids=["disabled", "missing"],
)
def test_audit_table_without_its_guards(sql, differences):
    execute(sql)
    found, code = tables()
    status = next(iter(found.values()))
    assert code == 1
    assert (status["table"], status["state"]) == ("trigger_audit_event", "altered")
    assert [text(each) for each in status["differences"]] == differences


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
    execute("SET LOCAL search_path = pg_catalog")
    with pytest.raises(CommandError, match="'default' holds no audit table"):
        call_command("audit", *arguments)


def test_audit_table_of_another_on_the_search_path(settings):
    """Tenants may share it: their audit has a state, and the table is not theirs to prepare."""
    settings.DATABASE_ROUTERS = ["tests.test_status.NoAudit"]
    found, code = tables()
    assert code == 0
    assert "library_book" in found
    with pytest.raises(CommandError, match="'default' holds no audit table"):
        call_command("audit", "partition")


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
        f"1 of {count} tables are not as the models declare them. Run manage.py makemigrations and"
        " migrate; what they do not mend, manage.py pgtrigger install does."
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
    assert len(all_tables) == len(one_table) == 6


def test_not_of_postgresql(monkeypatch):
    monkeypatch.setattr(connections["default"], "vendor", "sqlite")
    assert list(introspection.declared(connections["default"])) == []


def test_options_of_every_command_may_stand_behind_the_subcommand():
    assert "\x1b[" in run("status", "--force-color")[0]
    assert "\x1b[" in run("--force-color", "status")[0]
    assert "\x1b[" not in run("status", "--no-color")[0]
