"""A model for each table and each way to audit it."""

from django.db import models

from tests.benchmarks.peers.kinds import KINDS, Kind
from tests.benchmarks.peers.tables import TABLES, Table


class Parent(models.Model):
    """What foreign keys lead to."""


def declared(table: Table, kind: Kind) -> type[models.Model]:
    db_table = table.table(kind.name)
    attributes = kind.attributes()
    if history := attributes.get("history"):
        history.table_name = history.table_name.format(table=db_table)
    name = f"{table.name}_{kind.name}".title().replace("_", "")
    meta = type("Meta", (), {"db_table": db_table, **kind.meta})
    body = {"__module__": __name__, "Meta": meta, **table.fields(), **attributes}
    model = type(name, (models.Model,), body)
    kind.finish(model)
    return model


MODELS = {
    (table.name, kind.name): declared(table, kind)
    for table in TABLES.values()
    for kind in KINDS.values()
}
"""By table and kind."""
