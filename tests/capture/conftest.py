"""What the stories of capturing share."""

import pytest

from tests.capture.tables import install_audit
from trigger_audit import Audit
from trigger_audit.triggers import compile_audit


@pytest.fixture
def audit(db, monkeypatch):
    """Audit a model for one test, in other words than its Meta has."""

    def install(model, *fields, **options):
        compiled = compile_audit(model, Audit(*fields, **options))
        monkeypatch.setattr(model._meta, "audit", compiled, raising=False)
        install_audit(model)

    return install
