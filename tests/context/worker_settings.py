"""The settings of a worker's process, which works in the database of a test."""

import os

from tests.settings import *  # noqa: F403
from tests.settings import database

DATABASES = {"default": {**database, "NAME": os.environ["TRIGGER_AUDIT_WORKER_DATABASE"]}}
TRIGGER_AUDIT_WORKERS = ["celery"]
