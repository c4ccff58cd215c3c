"""What the stories of capturing share."""

import pytest
from django.db import connection

from trigger_audit import Audit, installation
from trigger_audit.triggers import compile_audit


@pytest.fixture
def audit(db, monkeypatch):
    """Audit a model for one test, in other words than its Meta has."""

    def install(model, *fields, **options):
        compiled = compile_audit(model, Audit(*fields, **options))
        monkeypatch.setattr(model._meta, "audit", compiled, raising=False)
        links = [field.remote_field.through for field in model._meta.local_many_to_many]
        with connection.schema_editor() as schema_editor:
            for each in [model, *links]:
                installation.install(schema_editor, each)

    return install
