"""What the tests of the checks share."""

import pytest

from trigger_audit import declaration


@pytest.fixture
def registrations(monkeypatch):
    """The registrations of the test alone."""
    monkeypatch.setattr(declaration, "registrations", [])
    return declaration.registrations
