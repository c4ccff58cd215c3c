"""Tables of one test, for types that Django has no field for."""

from django.apps.registry import Apps
from django.db import connection, models

from tests.capture.events import execute
from trigger_audit import installation


class Raw(models.Field):
    """A column of any type of PostgreSQL."""

    def __init__(self, column_type="text", **kwargs):
        super().__init__(null=not kwargs.get("primary_key"), **kwargs)
        self.column_type = column_type

    def db_type(self, connection):
        return self.column_type

    rel_db_type = db_type


def model(name, **fields):
    """A model in a registry of its own."""
    meta = type("Meta", (), {"app_label": "captured", "apps": Apps()})
    attributes = {"__module__": __name__, "Meta": meta, **fields}
    return type(name, (models.Model,), attributes)


def typed(column_type):
    """A model with a key and a ``value`` of a type, and its table."""
    execute(f"CREATE TABLE captured_typed (id bigint PRIMARY KEY, value {column_type})")
    return model("Typed", value=Raw(column_type))


def install_audit(model):
    """The triggers of a model's table, and of those of its many-to-many fields."""
    links = [field.remote_field.through for field in model._meta.local_many_to_many]
    with connection.schema_editor() as schema_editor:
        for each in [model, *links]:
            installation.install(schema_editor, each)
