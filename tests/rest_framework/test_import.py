"""Django REST framework is for those alone who use it."""

import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured


def test_only_who_uses_it_needs_it(monkeypatch):
    for name in list(sys.modules):
        if name.startswith("trigger_audit.rest_framework"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "rest_framework", None)
    with pytest.raises(ImproperlyConfigured, match=r"pip install django-trigger-audit\[drf\]"):
        import trigger_audit.rest_framework  # noqa: F401


def test_nothing_else_imports_it():
    program = (
        "import django, sys; django.setup(); import trigger_audit.management.commands.audit;"
        " print([name for name in sys.modules if 'rest_framework' in name])"
    )
    shell = [sys.executable, "-c", program]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    output = subprocess.run(
        shell, check=True, capture_output=True, text=True, env=environment
    ).stdout
    assert output.strip() == "[]"
