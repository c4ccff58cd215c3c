"""``manage.py audit log``: what happened, in order."""

from __future__ import annotations

import argparse
from contextlib import closing
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet

from trigger_audit.management.audit.moments import moment
from trigger_audit.management.audit.pages import pages
from trigger_audit.management.audit.records import records, write_csv, write_json
from trigger_audit.management.audit.selection import select
from trigger_audit.management.audit.subcommand import Subcommand, require_readable
from trigger_audit.management.audit.timeline import Timeline

WRITERS = {"json": write_json, "csv": write_csv}


class Log(Subcommand):
    """Streams the events: memory does not grow with them."""

    name = "log"
    help = (
        "Shows the events of a model, of one of its rows or of all audited tables, the oldest"
        " first."
    )

    @staticmethod
    def add_arguments(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("model", nargs="?", help="Such as library.Book.")
        parser.add_argument(
            "key", nargs="?", help="The primary key of a row; a composite one as a JSON array."
        )
        parser.add_argument(
            "--since",
            type=moment,
            metavar="WHEN",
            help="From then on: 2026-11-24, 2026-11-24T09:30+01:00, 2h or '1 day' (ago).",
        )
        parser.add_argument("--until", type=moment, metavar="WHEN", help="Before then.")
        parser.add_argument("--by", metavar="USER", help="The user's name or primary key.")
        parser.add_argument(
            "--transaction", type=int, dest="txid", metavar="TXID", help="What it did."
        )
        parser.add_argument("--reverse", action="store_true", help="The newest first.")
        parser.add_argument(
            "--format",
            choices=["text", *WRITERS],
            default="text",
            help="json is one object a line. json and csv hold each event whole, with the values"
            " as the database spells them. Defaults to text.",
        )

    def handle(self, connection: BaseDatabaseWrapper, **options: Any) -> None:
        require_readable(connection)
        events = select(connection.alias, options)
        write = WRITERS.get(options["format"])
        found: QuerySet[Any, Any] = records(events) if write else events
        with closing(pages(found, connection.alias, descending=options["reverse"])) as read:
            if write:
                write(read, self.stdout)
            else:
                Timeline(self.stdout, self.style).write(read)
