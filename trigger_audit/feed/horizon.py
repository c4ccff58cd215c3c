"""How far the database is: equal to what it was, there is nothing new."""

from __future__ import annotations

from typing import NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper

from trigger_audit.feed.statements import row


class Horizon(NamedTuple):
    """The greatest id that was drawn, and which transactions have ended.

    The id alone does not tell: it stands still when a transaction commits that was open for long.
    """

    newest: int
    snapshot: str


def look(connection: BaseDatabaseWrapper) -> Horizon:
    """One cheap statement, for all lanes of a database."""
    return Horizon(*row(connection, "wake"))
