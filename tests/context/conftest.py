"""What the tests of the context share."""

from importlib.util import find_spec

from tests.capture.conftest import audit

__all__ = ["audit"]

# Django 6.0 and newer.
collect_ignore = [] if find_spec("django.tasks") else ["test_tasks.py"]
