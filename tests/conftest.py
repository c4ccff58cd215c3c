"""What all tests share: an embedded PostgreSQL, by pytest-django and by pytest-postgresql.

How to run them: ``make test``, or ``.venv/bin/pytest tests/sql -k guard`` for some. The settings
start a server of their own (see ``tests/postgres.py``); these variables choose it:

- ``PG=18``, 16 or 15 (15 from Debian's ``postgresql-15``), or ``TRIGGER_AUDIT_TEST_DSN``
- ``DRIVER=psycopg2`` or ``psycopg``, for Django
- ``DJANGO=5.2`` or ``newest``: chooses nothing, has ``test_environment.py`` compare

``db`` and ``transactional_db`` are pytest-django's: a database made by the migrations. The fixture
``postgresql`` is pytest-postgresql's: an empty database for a test, on a psycopg 3 connection.
Tests that need hstore, citext and the like bear ``@pytest.mark.contrib``: they are left out where
the server has no contrib modules.
"""

import platform

import django
import pgtrigger
import psycopg
import pytest
from django.db import connections
from psycopg.conninfo import make_conninfo
from pytest_postgresql import factories

from tests import postgres

server = postgres.connection()
postgresql_noproc = factories.postgresql_noproc(
    host=server["host"],
    port=server["port"] or None,
    user=server["user"],
    password=server["password"],
    dbname="empty",
)
postgresql = factories.postgresql("postgresql_noproc")


def pytest_report_header() -> str:
    driver = connections["default"].Database
    versions = {
        "Python": platform.python_version(),
        "Django": django.__version__,
        "django-pgtrigger": pgtrigger.__version__,
        driver.__name__: driver.__version__.split()[0],
        "PostgreSQL": "{}.{}".format(*divmod(postgres.server_version(), 10000)),
    }
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what the server cannot run, as deselected."""
    if has_contrib():
        return
    left_out = [item for item in items if item.get_closest_marker("contrib")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def has_contrib() -> bool:
    with psycopg.connect(make_conninfo(**{**server, "dbname": "postgres"})) as session:
        query = "SELECT count(*) FROM pg_available_extensions WHERE name IN ('hstore', 'citext')"
        return session.execute(query).fetchone() == (2,)
