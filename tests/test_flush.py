"""A project's own tests, and ``manage.py flush``, go on as before; nothing is left of the events.

Each test runs the project in ``tests/suites`` in a process of its own, on databases of its own.
"""

import itertools
import json
import os
import re
import shutil
import subprocess
import sys

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from tests import postgres

WITHOUT_MIGRATIONS = {
    "modules": {"no_migrations": True},
    "TEST MIGRATE": {"test": {"MIGRATE": False}},
}
numbers = itertools.count(1)


class Suite:
    """The project in ``tests/suites``, with settings that vary."""

    def __init__(self, name, folder, **variations):
        self.name = name
        self.folder = folder
        self.variations = {"database": name, **variations}

    def run(self, *command, code=0):
        """Run a module of Python with the project's settings; return what it printed."""
        inherited = os.environ.get("PYTHONPATH", "").split(os.pathsep)
        process = subprocess.run(
            [sys.executable, "-W", "error", "-m", *command],
            env={
                **os.environ,
                "SUITE": json.dumps(self.variations),
                "DJANGO_SETTINGS_MODULE": "tests.suites.settings",
                # The migrations are there.
                "PYTHONPATH": os.pathsep.join(filter(None, [self.folder, *inherited])),
            },
            capture_output=True,
            text=True,
        )
        assert process.returncode == code, process.stdout + process.stderr
        return process.stdout + process.stderr

    def manage(self, *command, code=0):
        return self.run("django", *command, code=code)

    def tests(self, *options):
        """Run the tests with Django's own runner; return how many it ran."""
        output = self.manage("test", "tests.suites.shop", "--pattern=cases.py", *options)
        return int(re.search(r"Ran (\d+) tests", output)[1])

    def pytest(self, *options):
        """Run the tests with pytest-django; return how many passed."""
        settings = ["--ds=tests.suites.settings", "--confcutdir=tests/suites", "-pno:cacheprovider"]
        output = self.run("pytest", "tests/suites/pytest_cases.py", *settings, *options)
        return int(re.search(r"(\d+) passed", output)[1])

    def sql(self, query):
        with session(self.name) as connection:
            cursor = connection.execute(query)
            return cursor.fetchall() if cursor.description else []


def session(database):
    parameters = {**postgres.connection(), "dbname": database}
    return psycopg.connect(make_conninfo(**parameters), autocommit=True)


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Where the migrations of the project are, as the package ``shop_migrations``."""
    folder = tmp_path_factory.mktemp("suites")
    package = folder / "shop_migrations"
    package.mkdir()
    (package / "__init__.py").touch()
    Suite("postgres", str(folder)).manage("makemigrations", "shop", "-v0")
    shutil.copy("tests/suites/shop/first_product.py", package / "0002_first_product.py")
    return str(folder)


@pytest.fixture
def suite(folder):
    """Makes a project on a database of its own, which is empty."""
    names = []

    def make(**variations):
        names.append(f"suite_{os.getpid()}_{next(numbers)}")
        with session("postgres") as connection:
            connection.execute(f"CREATE DATABASE {names[-1]}")
        return Suite(names[-1], folder, **variations)

    yield make
    with session("postgres") as connection:
        for name in names:
            for database in (name, f"test_{name}"):
                connection.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")


@pytest.mark.proof
def test_django_s_runner(suite):
    assert suite().tests() == 10


def test_django_s_runner_in_parallel(suite):
    assert suite().tests("--parallel=2") == 10


def test_django_s_runner_in_reverse(suite):
    assert suite().tests("--reverse") == 10


@pytest.mark.parametrize("options", [[], ["--parallel=2"]])
def test_serialized_rollback(suite, options):
    assert suite().tests("--pattern=restored_cases.py", *options) == 4


def test_django_s_runner_keeps_the_database(suite):
    project = suite()
    assert project.tests("--keepdb") == 10
    kept = Suite(f"test_{project.name}", project.folder)
    assert kept.sql("SELECT count(*) FROM trigger_audit_event") == [(0,)]
    assert project.tests("--keepdb", "-k=InTransaction", "-k=Emptied", "-k=Served") == 6
    assert kept.sql("SELECT count(*) FROM trigger_audit_event") == [(0,)]


@pytest.mark.proof
def test_pytest_django(suite):
    assert suite().pytest() == 12


def test_pytest_django_reuses_the_database(suite):
    project = suite()
    assert project.pytest("--reuse-db") == 12
    assert project.pytest("--reuse-db", "-k", "not restored") == 10


def test_pytest_django_in_parallel(suite):
    project = suite()
    assert project.pytest("-n2") == 12
    for worker in ("gw0", "gw1"):
        with session("postgres") as connection:
            connection.execute(f"DROP DATABASE IF EXISTS test_{project.name}_{worker}")


@pytest.mark.parametrize("runner", ["tests", "pytest"])
@pytest.mark.parametrize("variation", WITHOUT_MIGRATIONS.values(), ids=WITHOUT_MIGRATIONS.keys())
def test_without_migrations(suite, variation, runner):
    project = suite(**variation)
    options = {"tests": ["-k=InTransaction", "-k=Emptied", "-k=Served", "-k=OfOneApp"]}
    ran = getattr(project, runner)(*options.get(runner, ["-k", "not restored"]))
    assert ran == {"tests": 8, "pytest": 10}[runner]


def test_nomigrations_of_pytest_django(suite):
    assert suite().pytest("--nomigrations", "-k", "not restored") == 10


@pytest.mark.parametrize("variation", WITHOUT_MIGRATIONS.values(), ids=WITHOUT_MIGRATIONS.keys())
def test_django_itself_writes_audited_tables_without_migrations(suite, variation):
    project = suite(**variation, apps=["tests.suites.locked"])
    assert project.tests("-k=Served") == 2


def test_one_app_without_migrations(suite):
    project = suite(modules={"shop": None})
    project.manage("migrate", "--run-syncdb", "-v0")
    project.manage("audit", "status")
    project.sql("INSERT INTO shop_product (name) VALUES ('lamp')")
    assert project.sql("SELECT op, new->>'name' FROM trigger_audit_event ORDER BY id")[-1] == (
        "INSERT",
        "lamp",
    )


def test_without_pgtrigger_among_the_apps(suite):
    project = suite(pgtrigger=False)
    project.manage("migrate", "-v0")
    project.manage("audit", "status")
    assert "No changes detected" in project.manage("makemigrations", "--check", "--dry-run")
    assert project.tests("-k=Emptied") == 2


@pytest.mark.proof
def test_manage_py_flush(suite):
    project = suite()
    project.manage("migrate", "-v0")
    assert project.sql("SELECT op, table_name FROM trigger_audit_event") == [
        ("INSERT", "shop_product")
    ]
    project.manage("flush", "--noinput")
    assert project.sql("SELECT op FROM trigger_audit_event") == []
    assert project.sql("SELECT name FROM shop_product") == []
    project.manage("audit", "status")
    with pytest.raises(psycopg.Error, match="is refused"):
        project.sql("TRUNCATE trigger_audit_event")


def test_manage_py_flush_asks(suite):
    project = suite()
    project.manage("migrate", "-v0")
    assert "Flush cancelled" in project.run("tests.suites.answer", "no", "flush")
    assert len(project.sql("SELECT op FROM trigger_audit_event")) == 1


def test_manage_py_flush_of_another_database(suite, tmp_path):
    project = suite(sqlite=str(tmp_path / "shop.sqlite3"))
    project.manage("migrate", "-v0")
    project.manage("migrate", "--database=sqlite", "-v0")
    project.manage("flush", "--noinput", "--database=sqlite")
    assert len(project.sql("SELECT op FROM trigger_audit_event")) == 1
    assert "holds no audit table" in project.manage("audit", "status", "--database=sqlite", code=1)


def test_manage_py_flush_without_an_audit_table(suite):
    project = suite()
    project.manage("migrate", "-v0")
    project.manage("migrate", "shop", "zero", "-v0")
    project.manage("migrate", "trigger_audit", "zero", "-v0")
    project.manage("flush", "--noinput")


def test_status_of_a_database_that_is_not_migrated(suite):
    output = suite().manage("audit", "status", code=1)
    lines = [" ".join(line.split()) for line in output.splitlines()]
    assert lines[:4] == [
        "public.trigger_audit_event not installed",
        "table missing: trigger_audit_event (every write to an audited table fails)",
        "shop_product not installed",
        "table missing: shop_product",
    ]
