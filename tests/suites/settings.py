"""A project whose own tests go on as before; SUITE holds what a test varies."""

import json
import os

from tests import drivers, postgres

drivers.use(drivers.requested())
suite = {
    "apps": [],
    "modules": {},
    "no_migrations": False,
    "pgtrigger": True,
    "test": {},
    **json.loads(os.environ["SUITE"]),
}
server = postgres.connection()

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": suite["database"],
        "USER": server["user"],
        "PASSWORD": server["password"],
        "HOST": server["host"],
        "PORT": server["port"],
        "TEST": suite["test"],
    }
}
if "sqlite" in suite:
    DATABASES["sqlite"] = {"ENGINE": "django.db.backends.sqlite3", "NAME": suite["sqlite"]}

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    *(["pgtrigger"] if suite["pgtrigger"] else []),
    "trigger_audit",
    "tests.suites.shop",
    *suite["apps"],
]


class NoMigrations:
    """The well-known way to have tests make the tables without migrations."""

    def __contains__(self, item):
        return True

    def __getitem__(self, item):
        return None


MIGRATION_MODULES = {"shop": "shop_migrations", **suite["modules"]}
if suite["no_migrations"]:
    MIGRATION_MODULES = NoMigrations()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ROOT_URLCONF = "tests.suites.shop.urls"
SECRET_KEY = "of the tests"
STATIC_URL = "static/"
USE_TZ = True
