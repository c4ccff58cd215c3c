"""Sets up the benchmark's database: what ``makemigrations`` and ``migrate`` really install."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from psycopg.conninfo import make_conninfo

from tests import postgres
from trigger_audit import templates

SQL = Path(__file__).parent / "peers" / "sql"


@contextmanager
def database() -> Iterator[None]:
    """A database with all tables of all contestants, for as long as the block lasts."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.settings"
    import django
    from django.db import connections

    administer("CREATE DATABASE {name}")
    with TemporaryDirectory() as folder:
        package = Path(folder) / "bench_migrations"
        package.mkdir()
        (package / "__init__.py").touch()
        sys.path.insert(0, folder)
        django.setup()
        try:
            migrate()
            yield
        finally:
            connections.close_all()
            administer("DROP DATABASE {name} WITH (FORCE)")
            sys.path.remove(folder)


def administer(*statements: str) -> None:
    from tests.benchmarks.settings import DATABASES

    name = DATABASES["default"]["NAME"]
    dsn = make_conninfo(**{**postgres.connection(), "dbname": "postgres"})
    with psycopg.connect(dsn, autocommit=True) as session:
        for statement in statements:
            session.execute(statement.format(name=name))


def migrate() -> None:
    from django.core.management import call_command

    from tests.benchmarks.peers.models import Parent

    call_command("makemigrations", "bench", verbosity=0)
    call_command("migrate", verbosity=0)
    Parent.objects.bulk_create(Parent() for _ in range(10))
    execute(by_hand())


def execute(statements: Iterable[str]) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def by_hand() -> Iterator[str]:
    """The triggers that no package installs."""
    from tests.benchmarks.peers.tables import TABLES

    yield read("generic")
    for table in TABLES.values():
        yield read("generic_trigger", table=table.table("generic"))
        name = table.table("typed")
        columns = ", ".join(["id", *table.values])
        yield read("typed", table=name, history=f"{name}_history", function=name, columns=columns)


def sources(rows: dict[str, int]) -> Iterator[str]:
    """Rows to have ready to be inserted, by the name of the table."""
    from tests.benchmarks.peers.tables import TABLES

    for name, count in rows.items():
        values = ", ".join(f"{value} AS {key}" for key, value in TABLES[name].values.items())
        query = f"SELECT {values} FROM generate_series(1, {count}) AS n"
        yield f"CREATE TABLE bench_{name}_source AS {query}"
    yield "VACUUM ANALYZE"


def read(name: str, **variables: str) -> str:
    text = (SQL / f"{name}.sql").read_text(encoding="utf-8")
    return templates.substitute(text, open_variables=(), **variables)
