"""When checks run, and what they stop."""

from datetime import timedelta

import pytest
from django.apps import apps as live_apps
from django.core import checks as django_checks
from django.core.management import CommandError, call_command
from django.utils import timezone

from trigger_audit import checks, declaration, register
from trigger_audit.checks import database, placement
from trigger_audit.checks.registry import check_declarations
from trigger_audit.exceptions import DeclarationError, TriggerAuditError

pytestmark = pytest.mark.usefixtures("registrations")


def test_checks_of_some_apps_leave_out_the_others(registrations):
    register("auth.Permission", ["nothing"], app_label="library")
    register("contenttypes.ContentType", ["nothing"], app_label="contenttypes")
    for label, expected in {
        "auth": ["Permission"],
        "library": ["Permission"],
        "pgtrigger": [],
    }.items():
        messages = check_declarations([live_apps.get_app_config(label)])
        assert [each.obj.__name__ for each in messages] == expected
    assert len(check_declarations()) == 2


@pytest.mark.django_db
def test_makemigrations_reports_all_the_mistakes_although_it_skips_the_checks():
    register("auth.Permission", ["nothing"], app_label="library")
    register("contenttypes.ContentType", ["nothing"], app_label="library")
    with pytest.raises(DeclarationError) as caught:
        call_command("makemigrations", dry_run=True)
    assert isinstance(caught.value, CommandError)
    assert isinstance(caught.value, TriggerAuditError)
    lines = str(caught.value).splitlines()
    assert lines[0] == "Audits are declared wrongly."
    assert [line.split()[0] for line in lines if "E005" in line] == [
        "auth.Permission:",
        "contenttypes.ContentType:",
    ]


def test_warnings_and_silenced_errors_stop_nothing(monkeypatch, settings):
    register("auth.Permission", ["nothing"], app_label="library")
    settings.SILENCED_SYSTEM_CHECKS = ["trigger_audit.E005"]
    assert len(check_declarations()) == 1
    checks.raise_on_errors()
    declaration.unregister("auth.Permission")
    settings.SILENCED_SYSTEM_CHECKS = []
    monkeypatch.setattr(placement, "has_migrations", lambda label: label == "auth")
    register("auth.Permission", app_label="library")
    assert [message.id for message in check_declarations()][-1:] == ["trigger_audit.W001"]
    checks.raise_on_errors()


@pytest.mark.django_db(databases=["default", "other"])
def test_the_checks_are_registered(monkeypatch):
    register("auth.Permission", ["nothing"], app_label="library")
    run = django_checks.run_checks
    assert [message.id for message in run(tags=["models"])] == ["trigger_audit.E005"]
    later = timezone.now() + timedelta(days=3650)
    monkeypatch.setattr(database.timezone, "now", lambda: later)
    assert "trigger_audit.W002" not in [message.id for message in run()]
    assert [message.id for message in run(tags=["database"], databases=["other"])] == [
        "trigger_audit.W002"
    ]
