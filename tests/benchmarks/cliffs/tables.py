"""The tables that are measured: eleven ordinary columns, with or without foreign keys."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
from django.apps.registry import Apps
from django.core.management import call_command
from django.db import connections, models
from psycopg.conninfo import make_conninfo

from tests import postgres
from trigger_audit import Audit, installation
from trigger_audit.triggers import compile_audit

COLUMNS = "title, isbn, price, status, stock, made_at, changed_at, published, rating, notes"
ROW = """
    'The title of number ' || n, '978-' || n, 9.90 + n % 100, 'draft', n % 1000, now(), now(),
    date '2026-01-01' + (n % 300)::integer, n / 7.0, repeat('n', 60)
"""


def fields() -> dict[str, Any]:
    return {
        "title": models.TextField(),
        "isbn": models.CharField(max_length=20),
        "price": models.DecimalField(max_digits=12, decimal_places=2),
        "status": models.CharField(max_length=20),
        "stock": models.IntegerField(),
        "made_at": models.DateTimeField(),
        "changed_at": models.DateTimeField(),
        "published": models.DateField(),
        "rating": models.FloatField(null=True),
        "notes": models.TextField(null=True),
    }


def model(name: str, apps: Apps, **others: Any) -> type[models.Model]:
    meta = type("Meta", (), {"app_label": "cliffs", "apps": apps, "db_table": f"cliffs_{name}"})
    return type(name, (models.Model,), {"__module__": __name__, "Meta": meta, **others})


class Table:
    """A new table with some rows, audited by the SQL that migrations install, or not at all."""

    def __init__(
        self,
        name: str,
        audit: Audit | None = None,
        *,
        rows: int = 0,
        foreign_keys: bool = False,
        using: str = "default",
    ) -> None:
        self.name, self.using = f"cliffs_{name}", using
        self.foreign_keys = ("one_id", "two_id") if foreign_keys else ()
        apps = Apps()
        target = model("target", apps)
        keys = {
            column.removesuffix("_id"): models.ForeignKey(target, models.CASCADE, related_name="+")
            for column in self.foreign_keys
        }
        made = model(name, apps, **fields(), **keys)
        call_command("migrate", database=using, verbosity=0)
        with connections[using].schema_editor() as schema_editor:
            schema_editor.execute(f"DROP TABLE IF EXISTS {self.name}, cliffs_target CASCADE")
            schema_editor.create_model(target)
            schema_editor.create_model(made)
            if audit:
                made._meta.audit = compile_audit(made, audit)  # type: ignore[attr-defined]
                installation.install(schema_editor, made)
        with session(using) as connection:
            connection.execute("SELECT trigger_audit_flush()")
            connection.execute("INSERT INTO cliffs_target DEFAULT VALUES")
            if rows:
                connection.execute(self.insert(rows))
            connection.execute(f"VACUUM ANALYZE {self.name}")

    def insert(self, rows: int) -> str:
        """The statement that inserts so many rows."""
        columns = ", ".join([COLUMNS, *self.foreign_keys])
        values = ", ".join([ROW, *("1" for _ in self.foreign_keys)])
        numbers = f"generate_series(1, {rows}) AS n"
        return f"INSERT INTO {self.name} ({columns}) SELECT {values} FROM {numbers}"

    def update(self, rows: int, first: int = 1) -> str:
        """The statement that updates two columns of so many rows."""
        condition = f"id >= {first} AND id < {first + rows}" if rows > 1 else f"id = {first}"
        return f"UPDATE {self.name} SET stock = stock + 1, status = 'sold' WHERE {condition}"

    def delete(self, rows: int) -> str:
        return f"DELETE FROM {self.name} WHERE id <= {rows}"

    def drop(self) -> None:
        """Leave nothing, its events included."""
        with session(self.using) as connection:
            connection.execute(f"DROP TABLE {self.name}, cliffs_target")
            connection.execute("SELECT trigger_audit_flush()")

    def tidy(self) -> None:
        """Remove what rolled back writes left, and have the files of WAL ready to be used again."""
        with session(self.using) as connection:
            connection.execute(f"VACUUM {self.name}, trigger_audit_event")
            connection.execute("CHECKPOINT")


@contextmanager
def session(using: str = "default") -> Iterator[psycopg.Connection[Any]]:
    """A new session, whose plans are not made yet."""
    server = {**postgres.connection(), "dbname": connections[using].settings_dict["NAME"]}
    with closing(psycopg.connect(make_conninfo(**server), autocommit=True)) as connection:
        connection.prepare_threshold = None
        yield connection


def timed(connection: psycopg.Connection[Any], statement: str) -> float:
    """Seconds that the server, and the way there, take for a statement."""
    started = time.perf_counter()
    connection.execute(statement)
    return time.perf_counter() - started
