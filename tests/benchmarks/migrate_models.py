"""The time that 80 models take to migrate, audited and not."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from tests import postgres

MODELS = 80
ROUNDS = 7
TARGET = 1.5

SETTINGS = """
SECRET_KEY = "of a benchmark"
INSTALLED_APPS = ["django.contrib.contenttypes", "pgtrigger", "trigger_audit", {app!r}]
DATABASES = {{"default": {{"ENGINE": "django.db.backends.postgresql", **{database!r}}}}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
"""

MODEL = """
class Model{number}(models.Model):
    title = models.CharField(max_length=200)
    price = models.DecimalField(max_digits=8, decimal_places=2)
    amount = models.IntegerField(default=0)
    active = models.BooleanField(default=True)
    made_at = models.DateTimeField(auto_now_add=True)
    {relation}
    class Meta:
        audit = {audit}
"""


def main() -> None:
    """Print the median times and their ratio."""
    server = postgres.connection()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for app, audit in (("plain", "None"), ("audited", "'__all__'")):
            make_app(folder, app, audit)
            run(folder, app, server, "makemigrations", app)
        seconds: dict[str, list[float]] = {"plain": [], "audited": []}
        for _ in range(ROUNDS):
            for app, times in seconds.items():
                times.append(measure(folder, app, server))
    report(seconds)


def make_app(folder: Path, app: str, audit: str) -> None:
    (folder / app / "migrations").mkdir(parents=True)
    for package in (folder / app, folder / app / "migrations"):
        (package / "__init__.py").touch()
    models = [
        MODEL.format(number=number, audit=audit, relation=relation(number))
        for number in range(MODELS)
    ]
    (folder / app / "models.py").write_text("from django.db import models\n" + "".join(models))


def relation(number: int) -> str:
    return f'parent = models.ForeignKey("Model{number - 1}", models.CASCADE)' if number else ""


def measure(folder: Path, app: str, server: dict[str, str]) -> float:
    """Seconds of ``manage.py migrate`` on an empty database."""
    run(folder, app, server, "migrate", "contenttypes", "--verbosity=0")
    run(folder, app, server, "migrate", "trigger_audit", "--verbosity=0")
    start = time.perf_counter()
    run(folder, app, server, "migrate", app, "--verbosity=0")
    seconds = time.perf_counter() - start
    with administration(server) as admin:
        admin.execute(f"DROP DATABASE {app}")
        admin.execute(f"CREATE DATABASE {app}")
    return seconds


def administration(server: dict[str, str]) -> psycopg.Connection:
    return psycopg.connect(make_conninfo(**{**server, "dbname": "postgres"}), autocommit=True)


def run(folder: Path, app: str, server: dict[str, str], *command: str) -> None:
    database = {
        "NAME": app,
        "USER": server["user"],
        "PASSWORD": server["password"],
        "HOST": server["host"],
        "PORT": server["port"],
    }
    with administration(server) as admin:
        if not admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [app]).fetchone():
            admin.execute(f"CREATE DATABASE {app}")
    (folder / f"settings_{app}.py").write_text(SETTINGS.format(app=app, database=database))
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": f"settings_{app}",
        "PYTHONPATH": os.pathsep.join([str(folder), str(Path(__file__).parents[2])]),
    }
    subprocess.run([sys.executable, "-m", "django", *command], env=environment, check=True)


def report(seconds: dict[str, list[float]]) -> None:
    medians = {app: statistics.median(times) for app, times in seconds.items()}
    print(f"\n{MODELS} models, migrate, median of {ROUNDS} rounds")
    for app, times in seconds.items():
        print(f"  {app:8} {medians[app]:.2f} s  ({min(times):.2f} to {max(times):.2f})")
    ratio = medians["audited"] / medians["plain"]
    print(f"  audited / plain: {ratio:.2f} (at most {TARGET})")


if __name__ == "__main__":
    main()
