"""The queues that the setting may name, each with the module that teaches it."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from trigger_audit import conf

QUEUES = {
    "celery": "trigger_audit.workers.celery",
    "django.tasks": "trigger_audit.workers.django_tasks",
}


def connect() -> None:
    """Teach the queues that ``TRIGGER_AUDIT_WORKERS`` names; a check tells of wrong names."""
    for queue in conf.workers():
        if is_installed(queue):
            import_module(QUEUES[queue]).connect()


def is_installed(queue: str) -> bool:
    """Whether it is a queue that we know, and that is there."""
    return queue in QUEUES and find_spec(queue) is not None
