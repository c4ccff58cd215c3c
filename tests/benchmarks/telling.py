"""The same context for everyone, as each package sends it: the bytes before the statement."""

import uuid
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import pghistory
from django.db import connection

import trigger_audit

REQUEST = "0b5e0c2c-3f4e-4d3a-9a55-0f7f6f0e9d11"
TOLD = {
    "user": 7,
    "username": "ann@example.org",
    "method": "POST",
    "path": "/books/7/edit/",
    "request_id": REQUEST,
}
CONTEXTS = {
    "full": trigger_audit.context,
    "changes": trigger_audit.context,
    "pghistory_row": pghistory.context,
    "pghistory_statement": pghistory.context,
}
"""Who can be told who and why, by kind."""

NOTHING = "UPDATE bench_parent SET id = id WHERE false"


@dataclass(frozen=True)
class Telling:
    """What is sent before a statement; ``identities`` in it are those of one request."""

    prefix: bytes = b""
    identities: tuple[bytes, ...] = ()

    def fresh(self) -> bytes:
        """The same of another request."""
        prefix = self.prefix
        for identity in self.identities:
            prefix = prefix.replace(identity, str(uuid.uuid4()).encode())
        return prefix


def telling(kind: str) -> Telling:
    """What a package sends before a statement, as it was seen to."""
    opened: AbstractContextManager[Any] = CONTEXTS.get(kind, nullcontext)(
        **(TOLD if kind in CONTEXTS else {})
    )
    with opened as context, connection.cursor() as cursor:
        cursor.execute(NOTHING)
        sent: bytes = cursor.cursor.query
    identities = [REQUEST]
    # pghistory keeps one row for each.
    if hasattr(context, "id"):
        identities.append(str(context.id))
    prefix = sent.removesuffix(NOTHING.encode())
    return Telling(prefix, tuple(identity.encode() for identity in identities))
