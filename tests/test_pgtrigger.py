"""django-pgtrigger's commands know the audit triggers, and nothing else of it does."""

import re
from io import StringIO

import pgtrigger
import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import DatabaseError, connection, models
from django.test.utils import isolate_apps
from pgtrigger import registry

from tests.example.models import Book, Loan, Publisher, Tag
from trigger_audit import declaration, introspection, pgtrigger_bridge
from trigger_audit.models import AuditEvent
from trigger_audit.sql import TRIGGERS

pytestmark = pytest.mark.django_db

ALL = ["library.Loan:trigger_audit_" + operation for operation in TRIGGERS]
INSERT, UPDATE, DELETE, TRUNCATE = ALL
INSTALLED, OUTDATED, UNINSTALLED = "INSTALLED ENABLED", "OUTDATED ENABLED", "UNINSTALLED N/A"


@pytest.fixture(autouse=True)
def audits_are_registered():
    """As each command of manage.py has it; before, there may have been none."""
    pgtrigger_bridge.register()


def execute(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.fixture
def ls(capsys):
    """Runs ``pgtrigger ls``; returns what it says of each URI."""

    def run(*uris, **options):
        call_command("pgtrigger", "ls", *uris, **options)
        plain = re.sub(r"\x1b\[\d+m", "", capsys.readouterr().out)
        rows = [" ".join(line.split()).rsplit(" ", 1) for line in plain.splitlines()]
        return {uri: state for state, uri in rows}

    return run


def state():
    """What ``audit status`` says of the table of loans."""
    found = {each.table: each for each in introspection.status(connection)}["library_loan"]
    return found.state, [str(difference) for difference in found.differences]


def inserts():
    """Whether a new loan is recorded."""
    book = Book.objects.create(title="Emma", price=5)
    before = AuditEvent.objects.filter(table_name="library_loan").count()
    Loan.objects.create(book=book, card_number="1")
    after = AuditEvent.objects.filter(table_name="library_loan").count()
    # The deferred foreign keys would keep the table from being altered.
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    return after - before == 1


@pytest.mark.proof
def test_ls_shows_four_triggers_of_each_audited_table(ls):
    listed = ls()
    tables = [each.model._meta.label for each in introspection.declared(connection)]
    assert {"library.Book", "library.Book_tags", "library.Loan", "auth.User"} <= set(tables)
    assert listed == {
        f"{label}:trigger_audit_{operation}": INSTALLED
        for label in tables
        for operation in TRIGGERS
    }


def test_ls_shows_what_an_app_registers_when_it_is_ready(monkeypatch, ls):
    """As apps do that come after ours."""
    monkeypatch.setattr(declaration, "registrations", [*declaration.registrations])
    monkeypatch.setattr(registry._registry, "data", {**registry._registry.data})
    declaration.register("auth.Permission", ["name"], app_label="library")
    uri = "auth.Permission:trigger_audit_insert"
    assert ls(uri) == {uri: UNINSTALLED}
    assert uri in {trigger.get_uri(model) for model, trigger in pgtrigger.registered()}


def test_ls_shows_what_is_missing_disabled_and_altered(ls):
    execute("""
        DROP TRIGGER "!trigger_audit_insert" ON library_loan;
        ALTER TABLE library_loan DISABLE TRIGGER "!trigger_audit_update";
        DROP TRIGGER "!trigger_audit_truncate" ON library_loan;
        CREATE TRIGGER "!trigger_audit_truncate" AFTER TRUNCATE ON library_loan
        EXECUTE FUNCTION trigger_audit_capture_library_book();
        ALTER TABLE library_loan DISABLE TRIGGER "!trigger_audit_truncate";
    """)
    assert ls(*ALL) == {
        INSERT: UNINSTALLED,
        UPDATE: "INSTALLED DISABLED",
        DELETE: INSTALLED,
        TRUNCATE: "OUTDATED DISABLED",
    }


def test_ls_shows_an_altered_function_at_each_trigger(ls):
    execute("ALTER FUNCTION trigger_audit_capture_library_loan() SECURITY INVOKER")
    assert ls(*ALL) == dict.fromkeys(ALL, OUTDATED)


def test_ls_shows_a_missing_table(ls):
    execute("DROP TABLE library_loan CASCADE")
    assert ls(*ALL) == dict.fromkeys(ALL, UNINSTALLED)


class NoBooks:
    def allow_migrate(self, db, app_label, model_name=None, **hints):
        return model_name != "book"


def test_what_a_router_keeps_out(ls, settings):
    settings.DATABASE_ROUTERS = ["tests.test_pgtrigger.NoBooks"]
    uris = ["library.Book:trigger_audit_insert", "library.Book_tags:trigger_audit_insert"]
    assert ls(*uris) == dict.fromkeys(uris, "UNALLOWED N/A")
    for command in ("disable", "uninstall", "install", "enable"):
        call_command("pgtrigger", command, *uris)
    settings.DATABASE_ROUTERS = []
    assert ls(*uris) == dict.fromkeys(uris, INSTALLED)


@pytest.mark.django_db(databases=["default", "other"])
def test_database_option(ls):
    call_command("pgtrigger", "disable", INSERT, database="other")
    assert ls(INSERT, database="other") == {INSERT: "INSTALLED DISABLED"}
    assert ls(INSERT) == {INSERT: INSTALLED}


@pytest.mark.proof
def test_disable_and_enable_one(ls):
    call_command("pgtrigger", "disable", INSERT)
    assert ls(*ALL) == {**dict.fromkeys(ALL, INSTALLED), INSERT: "INSTALLED DISABLED"}
    assert not inserts()
    call_command("pgtrigger", "enable", INSERT)
    assert inserts()
    assert state() == ("installed", [])


def test_disable_and_enable_all(ls):
    call_command("pgtrigger", "disable")
    assert set(ls().values()) == {"INSTALLED DISABLED"}
    call_command("pgtrigger", "enable")
    assert set(ls().values()) == {INSTALLED}


def test_uninstall_and_install_one(ls):
    call_command("pgtrigger", "uninstall", INSERT)
    assert ls(*ALL) == {**dict.fromkeys(ALL, INSTALLED), INSERT: UNINSTALLED}
    assert not inserts()
    call_command("pgtrigger", "install", INSERT)
    assert inserts()
    assert state() == ("installed", [])


def test_function_goes_with_the_last_trigger():
    functions = "SELECT count(*) FROM pg_proc WHERE proname = 'trigger_audit_capture_library_loan'"
    found = []
    for uri in ALL:
        call_command("pgtrigger", "uninstall", uri)
        with connection.cursor() as cursor:
            cursor.execute(functions)
            found += cursor.fetchone()
    assert found == [1, 1, 1, 0]
    assert state()[0] == "not installed"


@pytest.mark.proof
def test_uninstall_and_install_all(ls):
    call_command("pgtrigger", "uninstall")
    assert set(ls().values()) == {UNINSTALLED}
    call_command("pgtrigger", "install")
    assert set(ls().values()) == {INSTALLED}
    assert {each.state for each in introspection.status(connection)} == {"installed"}
    assert inserts()


def test_install_leaves_the_other_triggers_as_they_are():
    execute("""
        DROP TRIGGER "!trigger_audit_insert" ON library_loan;
        ALTER TABLE library_loan DISABLE TRIGGER "!trigger_audit_update";
    """)
    call_command("pgtrigger", "install", INSERT)
    assert state() == ("disabled", ["trigger disabled: !trigger_audit_update"])


@pytest.mark.parametrize(
    "drift",
    [
        'ALTER TABLE library_loan DISABLE TRIGGER "!trigger_audit_insert"',
        'ALTER TABLE library_loan ENABLE ALWAYS TRIGGER "!trigger_audit_insert"',
        "ALTER FUNCTION trigger_audit_capture_library_loan() RESET ALL",
        "GRANT EXECUTE ON FUNCTION trigger_audit_capture_library_loan() TO PUBLIC",
        "DROP FUNCTION trigger_audit_capture_library_loan() CASCADE",
        """
        DROP TRIGGER "!trigger_audit_insert" ON library_loan;
        CREATE TRIGGER "!trigger_audit_insert" BEFORE INSERT ON library_loan
        EXECUTE FUNCTION trigger_audit_capture_library_loan()
        """,
        """
        DROP FUNCTION trigger_audit_capture_library_loan() CASCADE;
        CREATE TRIGGER "!trigger_audit_update" AFTER INSERT ON library_loan
        EXECUTE FUNCTION trigger_audit_capture_library_book()
        """,
    ],
)
def test_install_mends(drift):
    execute(drift)
    assert state()[0] != "installed"
    call_command("pgtrigger", "install", INSERT)
    assert state() == ("installed", [])
    assert inserts()


def test_install_says_that_a_table_is_missing():
    execute("DROP TABLE library_loan CASCADE")
    with pytest.raises(DatabaseError, match="library_loan"):
        call_command("pgtrigger", "install", INSERT)


def test_triggers_of_pgtrigger_know_a_with_block():
    trigger = dict(registry._registry.data)[INSERT][1]
    with trigger.disable(Loan):
        assert state()[0] == "disabled"
    assert state() == ("installed", [])
    with trigger.uninstall(Loan):
        assert state()[0] == "altered"
    assert state() == ("installed", [])
    trigger.uninstall(Loan)
    with trigger.install(Loan):
        assert state() == ("installed", [])
    assert state()[0] == "altered"
    trigger.install(Loan)
    trigger.disable(Loan)
    with trigger.enable(Loan):
        assert state() == ("installed", [])
    assert state()[0] == "disabled"


def test_ignoring_triggers_of_pgtrigger_does_not_silence_the_audit():
    with pgtrigger.ignore():
        assert inserts()
    with pgtrigger.ignore(INSERT):
        assert inserts()


def test_prune_removes_only_what_is_of_pgtrigger(ls):
    execute("""
        CREATE FUNCTION pgtrigger_old() RETURNS trigger LANGUAGE plpgsql
        AS 'BEGIN RETURN NULL; END';
        CREATE TRIGGER pgtrigger_old AFTER INSERT ON library_loan EXECUTE FUNCTION pgtrigger_old();
    """)
    assert ls()["library_loan:pgtrigger_old"] == "PRUNE ENABLED"
    call_command("pgtrigger", "prune")
    listed = ls()
    assert "library_loan:pgtrigger_old" not in listed
    assert set(listed.values()) == {INSTALLED}


def test_an_application_s_own_trigger_of_the_same_model(ls):
    protect = pgtrigger.Protect(name="protect", operation=pgtrigger.Delete)
    with protect.register(Loan):
        assert ls("library.Loan:protect") == {"library.Loan:protect": UNINSTALLED}
        call_command("pgtrigger", "install", "library.Loan:protect")
        assert ls("library.Loan:protect") == {"library.Loan:protect": INSTALLED}
        assert state() == ("installed", [])
    assert "library.Loan:protect" not in registry._registry.data


@pytest.mark.parametrize("model", [Book, Book.tags.through, Loan, Publisher, User])
def test_triggers_stay_out_of_meta(model):
    assert getattr(model._meta, "triggers", []) == []
    assert model._meta.original_attrs.get("triggers", []) == []


@pytest.mark.proof
def test_nothing_leaks_into_migrations():
    output = StringIO()
    call_command("makemigrations", "library", check=True, dry_run=True, stdout=output)
    assert output.getvalue() == "No changes detected in app 'library'\n"


def test_what_is_not_audited_is_not_registered():
    assert [uri for uri in registry._registry.data if uri.startswith(f"{Tag._meta.label}:")] == []


@pytest.fixture
def registered(monkeypatch):
    """Registers the models of an app registry apart; returns the URIs."""

    def register(isolated):
        monkeypatch.setattr(pgtrigger_bridge, "apps", isolated)
        monkeypatch.setattr(declaration, "registrations", [])
        monkeypatch.setattr(registry._registry, "data", {})
        pgtrigger_bridge.register()
        return list(registry._registry.data)

    return register


def test_only_the_fields_that_are_audited_count(registered):
    with isolate_apps("tests.example") as isolated:

        class Topic(models.Model):
            class Meta:
                app_label = "library"

        class Magazine(models.Model):
            topics = models.ManyToManyField(Topic)

            class Meta:
                app_label = "library"
                audit = ["topics"]

    assert registered(isolated) == [
        f"library.Magazine_topics:trigger_audit_{operation}" for operation in TRIGGERS
    ]


def test_mistakes_are_left_to_the_checks(registered):
    with isolate_apps("tests.example") as isolated:

        class Linked(models.Model):
            others = models.ManyToManyField("missing.Thing", through="missing.Link")

            class Meta:
                app_label = "library"
                audit = ["others"]

        class Mistyped(models.Model):
            class Meta:
                app_label = "library"
                audit = 5

        class Misnamed(models.Model):
            class Meta:
                app_label = "library"
                audit = ["nothing"]

    assert registered(isolated) == []


def test_registering_twice_changes_nothing():
    before = list(registry._registry.data)
    pgtrigger_bridge.register()
    assert list(registry._registry.data) == before
