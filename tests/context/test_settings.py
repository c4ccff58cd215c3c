"""Each setting that is wrong has its id and its remedy."""

import pytest
from django.core import checks
from django.core.checks.registry import registry

from trigger_audit.checks.settings import check_settings


def test_the_defaults_and_reasonable_values_are_right(settings):
    assert check_settings() == []
    settings.TRIGGER_AUDIT_CONTEXT_MAX_BYTES = 8192
    settings.TRIGGER_AUDIT_CONTEXT_EXCLUDE = ["username"]
    settings.TRIGGER_AUDIT_COMMANDS_EXCLUDE = ("test",)
    settings.TRIGGER_AUDIT_REQUEST_ID_HEADER = "X-Request-ID"
    settings.TRIGGER_AUDIT_REMOTE_ADDR_HEADER = "CF-Connecting-IP"
    settings.TRIGGER_AUDIT_TRUSTED_PROXIES = {"10.0.0.1", "10.0.0.1/8", "::1", "unix"}
    settings.TRIGGER_AUDIT_WORKERS = ["celery"]
    assert check_settings() == []


def test_django_runs_the_check():
    assert check_settings in registry.get_checks()


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("CONTEXT_MAX_BYTES", "4096", "E030"),
        ("CONTEXT_MAX_BYTES", None, "E030"),
        ("CONTEXT_MAX_BYTES", True, "E030"),
        ("CONTEXT_MAX_BYTES", 8193, "E030"),
        ("CONTEXT_EXCLUDE", "username", "E031"),
        ("CONTEXT_EXCLUDE", [1], "E031"),
        ("COMMANDS_EXCLUDE", "test", "E031"),
        ("TRUSTED_PROXIES", "10.0.0.1", "E031"),
        ("WORKERS", "celery", "E031"),
        ("REQUEST_ID_HEADER", "HTTP X", "E032"),
        ("REQUEST_ID_HEADER", "", "E032"),
        ("REQUEST_ID_HEADER", "HTTP_X_REQUEST_ID", "E032"),
        ("REMOTE_ADDR_HEADER", ["X-Forwarded-For"], "E032"),
        ("TRUSTED_PROXIES", ["10.0.0.1", "proxy.example"], "E033"),
        ("WORKERS", ["celery", "cellery"], "E034"),
    ],
)
def test_a_wrong_value(settings, name, value, expected):
    if name == "TRUSTED_PROXIES":
        settings.TRIGGER_AUDIT_REMOTE_ADDR_HEADER = "X-Forwarded-For"
    if name == "REMOTE_ADDR_HEADER":
        settings.TRIGGER_AUDIT_TRUSTED_PROXIES = ["10.0.0.1"]
    setattr(settings, f"TRIGGER_AUDIT_{name}", value)
    [message] = check_settings()
    assert message.id == f"trigger_audit.{expected}"
    assert message.level == checks.ERROR
    assert f"TRIGGER_AUDIT_{name}" in message.msg
    assert message.hint


@pytest.mark.parametrize(
    ("name", "value"),
    [("REMOTE_ADDR_HEADER", "X-Forwarded-For"), ("TRUSTED_PROXIES", ["10.0.0.1"])],
)
def test_a_header_without_proxies_or_proxies_without_a_header(settings, name, value):
    setattr(settings, f"TRIGGER_AUDIT_{name}", value)
    [message] = check_settings()
    assert (message.id, message.level) == ("trigger_audit.W004", checks.WARNING)
