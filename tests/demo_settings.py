"""The settings of the demo: the library's migrations are made anew each time."""

from tests.settings import *  # noqa: F403

MIGRATION_MODULES = {"library": "demo_migrations"}
