"""The built wheel does the main job in a fresh project outside the repository."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import psycopg
import pytest

ROOT = Path(__file__).parents[1]

SETTINGS = """
SECRET_KEY = "of a test"
INSTALLED_APPS = ["pgtrigger", "trigger_audit", "shop"]
DATABASES = {{"default": {{"ENGINE": "django.db.backends.postgresql", **{database!r}}}}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
"""

MODELS = """
from django.db import models

class Order(models.Model):
    total = models.DecimalField(max_digits=8, decimal_places=2)

    class Meta:
        audit = "__all__"
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(ROOT, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder))
    return next(folder.glob("*.whl"))


def run(cwd: Path, *arguments: str, **environment: str) -> str:
    completed = subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        check=False,
        capture_output=True,
        text=True,
    )
    assert completed.returncode == 0, completed.stdout + completed.stderr
    return completed.stdout


def test_it_holds_the_package_and_its_templates_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    expected = {
        str(path.relative_to(ROOT))
        for path in ROOT.glob("trigger_audit/**/*.py")
        if "__pycache__" not in path.parts
    } | {
        str(Path("trigger_audit") / path.relative_to(ROOT))
        for path in ROOT.glob("sql_templates/**/*.sql")
    }
    assert expected | {"trigger_audit/py.typed"} <= set(names)
    assert {name.split("/")[0] for name in names if "dist-info" not in name} == {"trigger_audit"}


def test_it_audits_a_fresh_project(
    wheel: Path, tmp_path: Path, postgresql: psycopg.Connection
) -> None:
    site = tmp_path / "site"
    run(tmp_path, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(site), str(wheel))
    project = make_project(tmp_path / "project", postgresql)
    environment = {"PYTHONPATH": str(site), "DJANGO_SETTINGS_MODULE": "settings"}
    found = run(project, "-c", "import trigger_audit; print(trigger_audit.__file__)", **environment)
    assert Path(found.strip()).is_relative_to(site)

    run(project, "-m", "django", "makemigrations", "shop", **environment)
    run(project, "-m", "django", "migrate", **environment)
    postgresql.autocommit = True
    postgresql.execute("INSERT INTO shop_order (total) VALUES (9.90)")
    postgresql.execute("UPDATE shop_order SET total = 12.00")
    events = postgresql.execute(
        "SELECT op, table_schema, table_name, object_id, old::text, new::text, context, db_user"
        " FROM trigger_audit_event ORDER BY id"
    ).fetchall()
    place = ("public", "shop_order", "1")
    user = postgresql.info.user
    assert events == [
        ("INSERT", *place, None, '{"id": 1, "total": 9.90}', None, user),
        ("UPDATE", *place, '{"id": 1, "total": 9.90}', '{"id": 1, "total": 12.00}', None, user),
    ]
    assert "No changes" in run(project, "-m", "django", "makemigrations", "--check", **environment)


def make_project(folder: Path, postgresql: psycopg.Connection) -> Path:
    info = postgresql.info
    database = {"NAME": info.dbname, "USER": info.user, "HOST": info.host, "PORT": info.port}
    (folder / "shop" / "migrations").mkdir(parents=True)
    for package in ("shop", "shop/migrations"):
        (folder / package / "__init__.py").touch()
    (folder / "settings.py").write_text(SETTINGS.format(database=database))
    (folder / "shop" / "models.py").write_text(MODELS)
    return folder
