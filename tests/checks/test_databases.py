"""What the databases have, and where they may have it."""

from datetime import timedelta

import pytest
from django.core import checks as django_checks
from django.db import connection, connections
from django.utils import timezone

from tests.checks.library import book, library
from tests.example.models import Book, Loan
from trigger_audit import Audit, register
from trigger_audit.checks import database
from trigger_audit.checks.registry import check_databases, mistakes

pytestmark = pytest.mark.usefixtures("registrations")


class OtherOnly:
    def allow_migrate(self, db, app_label, **hints):
        return db == "other"


class Nowhere:
    def allow_migrate(self, db, app_label, **hints):
        return False


@pytest.mark.parametrize(
    ("vendor", "router", "expected"),
    [
        ("postgresql", OtherOnly(), []),
        ("sqlite", OtherOnly(), ["trigger_audit.E022"]),
        ("sqlite", None, []),
        ("postgresql", Nowhere(), []),
    ],
)
def test_e022_no_postgresql_database(monkeypatch, settings, vendor, router, expected):
    monkeypatch.setattr(connections["other"], "vendor", vendor)
    settings.DATABASE_ROUTERS = [router] if router else []
    with library() as of:
        book(of, "__all__")
        messages = list(mistakes(of.apps))
    assert [message.id for message in messages] == expected
    assert all("The model library.Book is audited, and no" in each.msg for each in messages)


class AuditTableIn:
    """The audit table may be in some databases alone, and all else in all."""

    def __init__(self, *aliases):
        self.aliases = aliases

    def allow_migrate(self, db, app_label, **hints):
        return db in self.aliases if app_label == "trigger_audit" else None


@pytest.mark.parametrize(
    ("aliases", "expected"),
    [(["default", "other"], []), (["other"], ["default"]), ([], ["default", "other"])],
)
def test_w005_no_audit_table(settings, aliases, expected):
    settings.DATABASE_ROUTERS = [AuditTableIn(*aliases)]
    with library() as of:
        book(of, "__all__")
        messages = list(mistakes(of.apps))
    assert [(each.id, each.level) for each in messages] == [
        ("trigger_audit.W005", django_checks.WARNING) for _ in expected
    ]
    for alias, message in zip(expected, messages, strict=True):
        assert f"out of '{alias}', where the audited model library.Book may be" in message.msg


@pytest.mark.django_db
def test_w002_partitions_run_out(monkeypatch):
    assert list(database.check(connection)) == []
    later = timezone.now() + timedelta(days=3650)
    monkeypatch.setattr(database.timezone, "now", lambda: later)
    [message] = check_databases(databases=["default"])
    assert message.id == "trigger_audit.W002"
    assert message.hint.startswith("Run manage.py audit partition --database=default")


@pytest.mark.django_db
def test_w002_no_partition_but_the_default_one():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits"
            " WHERE inhparent = 'trigger_audit_event'::regclass"
        )
        partitions = [name for (name,) in cursor.fetchall() if not name.endswith("_default")]
        cursor.execute(f"DROP TABLE {', '.join(partitions)}")
    [message] = database.check(connection)
    assert message.id == "trigger_audit.W002"
    assert "run out now." in message.msg


@pytest.mark.django_db
def test_databases_without_an_audit_table_and_other_vendors_are_left_alone(monkeypatch):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE trigger_audit_event RENAME TO elsewhere")
    assert list(database.check(connection)) == []
    monkeypatch.setattr(connection, "vendor", "sqlite")
    assert list(database.check(connection)) == []


def create_trigger(when, table="library_book"):
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE OR REPLACE FUNCTION application() RETURNS trigger LANGUAGE plpgsql"
            " AS 'BEGIN RETURN NEW; END'"
        )
        cursor.execute(f"CREATE TRIGGER application {when} EXECUTE FUNCTION application()")


@pytest.mark.django_db
@pytest.mark.parametrize("event", ["INSERT", "UPDATE", "DELETE", "UPDATE OF title"])
def test_w003_row_triggers_of_the_application(event):
    register(Book, app_label="library")
    create_trigger(f"AFTER {event} ON library_book FOR EACH ROW")
    [message] = database.check(connection)
    assert (message.id, message.obj) == ("trigger_audit.W003", Book)
    assert "library.Book in 'default' has row triggers: application." in message.msg
    assert 'level="row"' in message.hint


@pytest.mark.django_db
@pytest.mark.parametrize(
    "when",
    [
        "BEFORE UPDATE ON library_book FOR EACH ROW",
        "AFTER UPDATE ON library_book FOR EACH STATEMENT",
        "AFTER UPDATE ON library_tag FOR EACH ROW",
    ],
)
def test_w003_leaves_other_triggers_alone(when):
    create_trigger(when)
    assert list(database.check(connection)) == []


@pytest.mark.django_db
def test_w003_leaves_disabled_triggers_alone():
    create_trigger("AFTER UPDATE ON library_book FOR EACH ROW")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE library_book DISABLE TRIGGER application")
    assert list(database.check(connection)) == []


@pytest.mark.django_db
def test_w003_leaves_audits_at_row_level_and_other_databases_alone(monkeypatch, settings):
    create_trigger("AFTER UPDATE ON library_book FOR EACH ROW")
    assert len(list(database.check(connection))) == 1
    settings.DATABASE_ROUTERS = [OtherOnly()]
    assert list(database.check(connection)) == []
    settings.DATABASE_ROUTERS = []
    monkeypatch.setattr(Book._meta, "audit", Audit(level="row"))
    assert list(database.check(connection)) == []
    assert Loan._meta.audit.level == "statement"
