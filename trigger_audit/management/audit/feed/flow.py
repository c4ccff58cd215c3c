"""``manage.py audit feed pause`` and ``resume``."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from trigger_audit import feed
from trigger_audit.management.audit.feed.verb import Verb, add_names


class Pause(Verb):
    """Stops subscriptions between two batches, whoever delivers."""

    name = "pause"
    help = (
        "Has subscriptions wait until they are resumed, also over restarts. A batch that is being"
        " delivered is finished. One that never ran begins here: what is written from now on waits."
    )
    add_arguments = staticmethod(add_names)

    def act(self, connection: BaseDatabaseWrapper, **options: Any) -> None:
        with transaction.atomic(using=connection.alias):
            for name in options["names"]:
                feed.pause(name, using=connection.alias)
        for name in options["names"]:
            self.done(f"{name} is paused.")


class Resume(Verb):
    """Has subscriptions go on where they were."""

    name = "resume"
    help = "Has subscriptions go on. One that waits after a failure tries again at once."
    add_arguments = staticmethod(add_names)

    def act(self, connection: BaseDatabaseWrapper, **options: Any) -> None:
        with transaction.atomic(using=connection.alias):
            for name in options["names"]:
                feed.resume(name, using=connection.alias)
        for name in options["names"]:
            self.done(f"{name} goes on.")
