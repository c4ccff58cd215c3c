"""Those of the tests, in the database of one of them, with the subscriptions of this project."""

import os

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS as TESTED
from tests.settings import database

DATABASES = {"default": {**database, "NAME": os.environ["TRIGGER_AUDIT_WORKER_DATABASE"]}}
INSTALLED_APPS = [*TESTED, "tests.feed.project"]
