"""What a project needs for its audits to reach the database."""

import pytest
from django.core import checks as django_checks
from django.db.migrations.autodetector import MigrationAutodetector

from tests.checks.library import library, mistakes_of
from trigger_audit import register
from trigger_audit.checks import placement
from trigger_audit.checks.registry import mistakes

pytestmark = pytest.mark.usefixtures("registrations")


@pytest.mark.parametrize("name", ["makemigrations", "migrate"])
@pytest.mark.parametrize("detector", [MigrationAutodetector, None, 5])
def test_e023_another_autodetector(monkeypatch, name, detector):
    module = placement.load_command_class("django.core", name).__class__
    monkeypatch.setattr(module, "autodetector", detector)
    [(id_, message, hint)] = mistakes_of("__all__")
    assert id_ == "trigger_audit.E023"
    assert message.startswith(f"manage.py {name} does not see audits")
    assert "INSTALLED_APPS" in hint


@pytest.mark.parametrize(
    ("migrated", "expected"),
    [({"library"}, ["trigger_audit.W001"]), ({"library", "auth"}, []), (set(), [])],
)
def test_w001_app_without_migrations(monkeypatch, migrated, expected):
    monkeypatch.setattr(placement, "has_migrations", lambda label: label in migrated)
    with library() as of:
        register("library.Tag", app_label="auth")
        messages = list(mistakes(of.apps))
    assert [(each.id, each.level) for each in messages] == [
        (id_, django_checks.WARNING) for id_ in expected
    ]
    assert all(each.hint == "Run manage.py makemigrations auth." for each in messages)


def test_apps_with_and_without_migrations(settings):
    assert placement.has_migrations("trigger_audit")
    settings.MIGRATION_MODULES = {"trigger_audit": None, "auth": "tests.nothing"}
    assert not placement.has_migrations("trigger_audit")
    assert not placement.has_migrations("auth")
    settings.MIGRATION_MODULES = {"auth": "nowhere.at_all"}
    assert not placement.has_migrations("auth")
