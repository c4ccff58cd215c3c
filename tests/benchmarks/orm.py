"""The same by Django's ORM, where the packages that audit in Python take part."""

from typing import Any

from django.db import connection, models
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from tests.benchmarks.peers.models import MODELS
from tests.benchmarks.stage import Stage

Models = list[models.Model]
CHANGED = ["status", "price"]


def orm(stage: Stage) -> None:
    """Objects created, updated and deleted at once, or saved one by one."""
    connection.close()
    connection.ensure_connection()
    model = MODELS[stage.table.name, stage.kind.name]
    objects = [model(**row) for row in rows(stage)]
    pids = (connection.connection.info.backend_pid,)
    stage.measure("bulk_create", lambda: create(model, objects), pids)
    change(objects)
    stage.measure("bulk_update", lambda: update(model, objects), pids)
    change(objects)
    stage.measure("save", lambda: save(objects), pids)
    stage.measure("delete of a queryset", lambda: model._default_manager.all().delete(), pids)


def rows(stage: Stage) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {stage.columns} FROM {stage.source} LIMIT {stage.rows}")
        return [dict(zip(stage.table.values, row, strict=True)) for row in cursor]


def change(objects: Models) -> None:
    for number, item in enumerate(objects):
        item.status += "+"
        item.price += number % 7 + 1


def create(model: type[models.Model], objects: Models) -> None:
    if hasattr(model, "history"):
        bulk_create_with_history(objects, model)
    else:
        model._default_manager.bulk_create(objects)


def update(model: type[models.Model], objects: Models) -> None:
    if hasattr(model, "history"):
        bulk_update_with_history(objects, model, CHANGED)
    else:
        model._default_manager.bulk_update(objects, CHANGED)


def save(objects: Models) -> None:
    for item in objects:
        item.save()
