"""The context travels as a comment at the very start of each statement that may write."""

from __future__ import annotations

import inspect
import logging
import re
import sys
from collections.abc import Callable
from contextvars import ContextVar
from functools import cache, wraps
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.sql.compiler import SQLCompiler, SQLDeleteCompiler, SQLUpdateCompiler

from trigger_audit import conf, psycopg2_methods
from trigger_audit.context import LARGEST, current_context, encode, is_active, known_context
from trigger_audit.exceptions import ContextTooLarge

logger = logging.getLogger("trigger_audit")

PREFIX = "/*trigger_audit:"
"""How the comment begins; ``sql_templates/context.sql`` looks for it."""

SENDING = ("execute", "executemany", "copy", "copy_expert", "stream")
"""The methods of either driver's cursors that send a statement, their first argument."""

NAMES = frozenset({"query", "sql", "statement"})
"""What they call it."""

_reading: ContextVar[bool] = ContextVar("trigger_audit_reading", default=False)

# What else a wrapper sends while the ORM reads, and compilers of other packages.
_WRITING = re.compile(r"\s*(INSERT|UPDATE|DELETE|MERGE)\b", re.IGNORECASE)

# What Django sends by itself: a request that only reads is not to have its user queried for it.
_HOUSEKEEPING = re.compile(r'(?:SAVEPOINT|RELEASE SAVEPOINT|ROLLBACK TO SAVEPOINT) "\w+"|SELECT 1')


def comment() -> str:
    """The comment for a statement sent here and now; empty where nothing is to be told."""
    if not is_active():
        return ""
    try:
        encoded = _bounded(_encoded(current_context()))
    except Exception as error:
        # A write never fails for its context.
        logger.exception("A context could not be told.")
        encoded = _encoded({**known_context(), "context_error": type(error).__name__})
    return f"{PREFIX}{encoded}*/ " if encoded != "{}" else ""


def _encoded(metadata: dict[str, Any]) -> str:
    excluded = conf.context_exclude()
    return encode({key: value for key, value in metadata.items() if key not in excluded})


def _bounded(encoded: str) -> str:
    if len(encoded) > LARGEST:
        raise ContextTooLarge(f"{len(encoded)} bytes of JSON; at most {LARGEST}")
    return encoded


def prefixed(statement: Any) -> Any:
    """``statement`` with the comment before it: text, bytes or a driver's composable."""
    told = "" if _is_read(statement) else comment()
    if not told:
        return statement
    if isinstance(statement, str):
        return told + statement
    if isinstance(statement, bytes):
        return told.encode() + statement
    return _composed(told, statement)


def _is_read(statement: Any) -> bool:
    if not isinstance(statement, str):
        return False
    if _HOUSEKEEPING.fullmatch(statement):
        return True
    return _reading.get() and not _WRITING.match(statement)


def _composed(told: str, statement: Any) -> Any:
    """What is neither is left to the driver, and its error message."""
    for kind in type(statement).__mro__:
        if kind.__name__ == "Composable":
            return sys.modules[kind.__module__].SQL(told) + statement
        if kind.__module__ == "string.templatelib":
            return kind(told) + statement
    return statement


def tell_on(*, connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Have the cursors of a new connection carry the context; for ``connection_created``."""
    if connection.vendor == "postgresql":
        raw = connection.connection
        factory = raw.cursor_factory or _default_cursor(raw)
        if isinstance(factory, type):
            raw.cursor_factory = telling(factory)
        else:
            logger.warning("%r is no class: its cursors carry no context.", factory)


def _default_cursor(raw: Any) -> type[Any]:
    with raw.cursor() as cursor:
        return type(cursor)


@cache
def telling(factory: type[Any]) -> type[Any]:
    """A cursor class that prefixes what it sends; the class itself if it already does."""
    if getattr(factory, "tells_context", False):
        return factory
    methods = {name: _telling(getattr(factory, name)) for name in SENDING if hasattr(factory, name)}
    sending_in_c = {
        name: method
        for name, method in psycopg2_methods.METHODS.items()
        if inspect.ismethoddescriptor(getattr(factory, name, None))
    }
    attributes = {"__module__": factory.__module__, "tells_context": True}
    return type(factory.__name__, (factory,), {**attributes, **methods, **sending_in_c})


def _telling(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        if args:
            return method(self, prefixed(args[0]), *args[1:], **kwargs)
        named = {name: prefixed(kwargs[name]) for name in NAMES & kwargs.keys()}
        return method(self, **{**kwargs, **named})

    return call


def leave_reads_alone() -> None:
    """Have the ORM's SELECTs go out as they are: they write nothing, and are cached by text."""
    original = SQLCompiler.execute_sql
    if getattr(original, "leaves_reads_alone", False):
        return

    @wraps(original)
    def execute_sql(self: SQLCompiler, *args: Any, **kwargs: Any) -> Any:
        if isinstance(self, (SQLUpdateCompiler, SQLDeleteCompiler)):
            return original(self, *args, **kwargs)
        token = _reading.set(True)
        try:
            return original(self, *args, **kwargs)
        finally:
            _reading.reset(token)

    # The type checker lets functions have no attributes, and methods not be replaced.
    execute_sql.leaves_reads_alone = True  # type: ignore[attr-defined]
    SQLCompiler.execute_sql = execute_sql  # type: ignore[method-assign]
