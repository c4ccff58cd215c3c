"""The middleware that tells of each request: who made it, what was asked, and from where."""

from __future__ import annotations

import json
import logging
import re
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.db import connections, transaction
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.functional import LazyObject, empty

from trigger_audit import conf
from trigger_audit.context import LazyContext, encode
from trigger_audit.exceptions import ContextTooLarge
from trigger_audit.remote_address import remote_address

logger = logging.getLogger("trigger_audit")

# In JSON, a character may take six bytes.
LONGEST_PATH = 256
LONGEST_NAME = 150
LONGEST_REQUEST_ID = 128
LONGEST_METHOD = 16

_REQUEST_ID = re.compile(r"[\w.,:;=@+/~-]+", re.ASCII)


class AuditContextMiddleware:
    """Has each write of a request carry what ``get_context`` returns.

    It is asked when the first write happens, and again for each, not when the request begins:
    whoever authenticates later is seen, and a request that writes nothing costs nothing.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        block = LazyContext(lambda: self._provide(request))
        if iscoroutinefunction(self.get_response):
            return self._answer(request, block)
        with block:
            response: HttpResponseBase = self.get_response(request)
        return _streaming_inside(block, response)

    async def _answer(self, request: HttpRequest, block: LazyContext) -> HttpResponseBase:
        with block:
            response = await self.get_response(request)
        return _streaming_inside(block, response)

    def get_context(self, request: HttpRequest) -> dict[str, Any]:
        """What the writes of a request carry; to be overridden.

        Called anew for each write. Where it fails, the write goes on, and says so.
        """
        return {**describe(request), **user(request)}

    def _provide(self, request: HttpRequest) -> Any:
        try:
            return _bounded(self.get_context(request))
        except Exception as error:
            # A write never fails for its context, whatever the project's code raises.
            logger.exception("The context of a request could not be made.")
            return {**place(request), "context_error": type(error).__name__}


def describe(request: HttpRequest) -> dict[str, Any]:
    """What a request says of itself, without any query."""
    told = {
        **place(request),
        "request_id": request_id(request),
        "remote_addr": remote_address(request),
    }
    return {key: value for key, value in told.items() if value}


def place(request: HttpRequest) -> dict[str, str]:
    """What was asked for, without the query string: it may hold what no event should."""
    method = request.method or ""
    return {"method": method[:LONGEST_METHOD], "path": request.path[:LONGEST_PATH]}


def user(request: HttpRequest) -> dict[str, Any]:
    """Who is authenticated now; empty if nobody is."""
    present = _present_user(request)
    if not getattr(present, "is_authenticated", False):
        return {}
    return {"user": present.pk, "username": str(present.get_username())[:LONGEST_NAME]}


def _present_user(request: HttpRequest) -> Any:
    present = getattr(request, "user", None)
    if isinstance(present, LazyObject) and present._wrapped is empty:
        # What ``await request.auser()`` found, which the lazy object would query again.
        present = getattr(request, "_acached_user", present)
        with _transactions_unharmed():
            getattr(present, "is_authenticated", None)
    return present


@contextmanager
def _transactions_unharmed() -> Iterator[None]:
    """A query that fails inside takes no open transaction, and the write, with it."""
    with ExitStack() as stack:
        for connection in connections.all(initialized_only=True):
            if connection.in_atomic_block and not connection.needs_rollback:
                stack.enter_context(transaction.atomic(using=connection.alias))
        yield


def request_id(request: HttpRequest) -> str:
    """The id that a proxy gave, or else one made up; the same throughout a request."""
    known: str | None = getattr(request, "_trigger_audit_request_id", None)
    if known is None:
        known = _given_id(request) or str(uuid.uuid4())
        request._trigger_audit_request_id = known  # type: ignore[attr-defined]  # Our own.
    return known


def _given_id(request: HttpRequest) -> str | None:
    header = conf.request_id_header()
    given = request.headers.get(header, "").strip()[:LONGEST_REQUEST_ID] if header else ""
    return given if _REQUEST_ID.fullmatch(given) else None


def _bounded(metadata: dict[str, Any]) -> Any:
    """``metadata`` as JSON has it; at once, since it is done for each write."""
    encoded = encode(metadata)
    if len(encoded) > conf.context_max_bytes():
        raise ContextTooLarge(f"{len(encoded)} bytes of JSON; at most {conf.context_max_bytes()}")
    return json.loads(encoded)


def _streaming_inside(block: LazyContext, response: HttpResponseBase) -> HttpResponseBase:
    """Have the writes of a body carry the context too, though the view has returned."""
    # A file writes nothing, and would no longer be sent by the server itself.
    if isinstance(response, StreamingHttpResponse) and not isinstance(response, FileResponse):
        inside: Callable[..., Any] = _achunks if response.is_async else _chunks
        response.streaming_content = inside(block, response.streaming_content)
    return response


def _chunks(block: LazyContext, chunks: Iterator[Any]) -> Iterator[Any]:
    """Between two chunks the block is left: other requests may have their turn."""
    done = object()
    while True:
        with block:
            chunk = next(chunks, done)
        if chunk is done:
            return
        yield chunk


async def _achunks(block: LazyContext, chunks: AsyncIterator[Any]) -> AsyncIterator[Any]:
    iterator = aiter(chunks)
    while True:
        try:
            with block:
                chunk = await anext(iterator)
        except StopAsyncIteration:
            return
        yield chunk
