"""The settings of the demo: the library alone, whose migrations are made anew each time."""

from tests.settings import *  # noqa: F403

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "pgtrigger",
    "trigger_audit",
    "tests.example",
]
MIGRATION_MODULES = {"library": "demo_migrations"}
