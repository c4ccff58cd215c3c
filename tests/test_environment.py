"""The run is on the versions and on the driver that were asked for."""

import os
import subprocess
import sys

import django
import pgtrigger.utils
import pytest
from django.db import connection, connections
from django.db.backends.postgresql.psycopg_any import is_psycopg3

from tests import drivers, postgres

pytestmark = pytest.mark.proof


def test_django_is_the_one_asked_for():
    series = ".".join(map(str, django.VERSION[:2]))
    newest = django.VERSION >= (6, 1) if sys.version_info >= (3, 12) else series == "5.2"
    assert {"5.2": series == "5.2", "newest": newest}[os.environ.get("DJANGO", "newest")]


def test_django_and_pgtrigger_use_the_driver_asked_for():
    assert connection.Database.__name__ == drivers.requested()
    assert is_psycopg3 is (drivers.requested() == "psycopg")
    assert pgtrigger.utils.psycopg_maj_version == {"psycopg2": 2, "psycopg": 3}[drivers.requested()]


@pytest.mark.django_db(databases=["default", "other"])
@pytest.mark.parametrize("alias", ["default", "other"])
def test_server_is_of_the_version_asked_for(alias):
    assert connections[alias].pg_version // 10000 == int(postgres.requested_version())


def test_empty_databases_are_on_the_same_server(postgresql):
    assert postgresql.info.server_version == postgres.server_version()
    assert postgresql.info.host == postgres.connection()["host"]


def test_manage_py_uses_the_same_server():
    command = "from django.db import connection as c; print(c.settings_dict['HOST'], c.pg_version)"
    shell = [sys.executable, "manage.py", "shell", "--no-imports", "-c", command]
    output = subprocess.run(shell, check=True, capture_output=True, text=True).stdout
    assert output.split() == [postgres.connection()["host"], str(postgres.server_version())]
