"""The project of the benchmark: every contestant beside the others, in a database of its own."""

import os

from tests import drivers, postgres

# Whose cursors tell what they sent.
drivers.use("psycopg2")
server = postgres.connection()
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": f"{server['dbname']}_bench_{os.getpid()}",
        "USER": server["user"],
        "PASSWORD": server["password"],
        "HOST": server["host"],
        "PORT": server["port"],
    },
}
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "pgtrigger",
    "pghistory",
    "simple_history",
    "auditlog",
    "trigger_audit",
    "tests.benchmarks.peers",
]
MIGRATION_MODULES = {"bench": "bench_migrations"}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SECRET_KEY = "of the benchmark"
USE_TZ = True
