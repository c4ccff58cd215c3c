"""The context travels as a comment at the very start of each statement that may write."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import cache, wraps
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.sql.compiler import SQLCompiler, SQLDeleteCompiler, SQLUpdateCompiler

from trigger_audit import conf
from trigger_audit.context import current_context, encode, is_active

PREFIX = "/*trigger_audit:"
"""How the comment begins; ``sql_templates/context.sql`` looks for it."""

_reading: ContextVar[bool] = ContextVar("trigger_audit_reading", default=False)


def comment() -> str:
    """The comment for a statement sent here and now; empty where nothing is to be told."""
    if not is_active() or _reading.get():
        return ""
    metadata = current_context()
    for key in conf.context_exclude():
        metadata.pop(key, None)
    return f"{PREFIX}{_inert(encode(metadata))}*/ " if metadata else ""


def _inert(encoded: str) -> str:
    """JSON that neither ends the comment, begins another nor holds a placeholder.

    In JSON these characters occur inside strings alone, where an escape means the same.
    """
    return encoded.replace("/", r"\u002f").replace("%", r"\u0025")


def prefixed(statement: Any) -> Any:
    """``statement`` with the comment before it: text, bytes or a driver's composable."""
    told = comment()
    if not told:
        return statement
    if isinstance(statement, str):
        return told + statement
    if isinstance(statement, (bytes, bytearray, memoryview)):
        return told.encode() + bytes(statement)
    return _composed(told, statement)


def _composed(told: str, statement: Any) -> Any:
    module = __import__(type(statement).__module__.partition(".")[0], fromlist=["sql"])
    return module.sql.SQL(told) + statement


def tell_on(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Have the cursors of a new connection carry the context; for ``connection_created``."""
    if connection.vendor == "postgresql":
        raw = connection.connection
        raw.cursor_factory = telling(raw.cursor_factory or _default_cursor(raw))


def _default_cursor(raw: Any) -> type[Any]:
    with raw.cursor() as cursor:
        return type(cursor)


@cache
def telling(factory: type[Any]) -> type[Any]:
    """A cursor class that prefixes what it sends; the class itself if it already does."""
    if getattr(factory, "tells_context", False):
        return factory
    methods = {
        name: _telling(getattr(factory, name))
        for name in ("execute", "executemany", "copy", "copy_expert", "stream")
        if hasattr(factory, name)
    }
    return type(factory.__name__, (factory,), {**methods, "tells_context": True})


def _telling(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def call(self: Any, statement: Any, *args: Any, **kwargs: Any) -> Any:
        return method(self, prefixed(statement), *args, **kwargs)

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

    execute_sql.leaves_reads_alone = True  # type: ignore[attr-defined]
    SQLCompiler.execute_sql = execute_sql  # type: ignore[method-assign]
