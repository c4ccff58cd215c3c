"""Who and why: what the application tells of the writes that it makes."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from types import TracebackType
from typing import Any, TypeVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model

from trigger_audit import conf
from trigger_audit.exceptions import ContextNotSerializable, ContextTooLarge

Function = TypeVar("Function", bound=Callable[..., Any])
Layer = Callable[[], Mapping[str, Any]]

LARGEST = 8192
"""What ``sql_templates/parse_context.sql`` reads as JSON, in bytes; no setting goes beyond it."""

DEEPEST = 99
"""How deep it may be nested to be read there."""

_blocks: ContextVar[tuple[context, ...]] = ContextVar("trigger_audit_blocks", default=())


class ContextEncoder(DjangoJSONEncoder):
    """Django's JSON encoder; a model instance becomes its primary key."""

    def default(self, value: Any) -> Any:
        return value.pk if isinstance(value, Model) else super().default(value)


class context:  # noqa: N801  # It is called as a function is.
    """Tell who and why of every write inside, as a context manager or a decorator.

    Works in sync and async code alike. Blocks nest: the inner one adds to the outer one and goes
    before it.

    :param metadata: what every event is to carry, in anything that Django's JSON encoder takes;
        a model instance becomes its primary key.
    :raises ContextNotSerializable: for any other value.
    :raises ContextTooLarge: if the whole context is larger than
        ``TRIGGER_AUDIT_CONTEXT_MAX_BYTES``.
    """

    def __init__(self, /, **metadata: Any) -> None:
        self.metadata = frozen(metadata)

    def layer(self) -> Mapping[str, Any]:
        """What the block adds, as it is when a statement is sent."""
        return self.metadata

    def __enter__(self) -> None:
        blocks = (*_blocks.get(), self)
        self._check(blocks)
        _blocks.set(blocks)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # Not a token's reset: of two generators, the one that was entered first may end first.
        blocks = list(_blocks.get())
        for position in reversed(range(len(blocks))):
            if blocks[position] is self:
                del blocks[position]
                break
        _blocks.set(tuple(blocks))

    async def __aenter__(self) -> None:
        self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, traceback)

    def __call__(self, function: Function) -> Function:
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError(f"{function.__qualname__} is a generator: open the block inside it.")
        if inspect.iscoroutinefunction(function):

            @wraps(function)
            async def call(*args: Any, **kwargs: Any) -> Any:
                with self:
                    return await function(*args, **kwargs)

        else:

            @wraps(function)
            def call(*args: Any, **kwargs: Any) -> Any:
                with self:
                    return function(*args, **kwargs)

        return call  # type: ignore[return-value]  # It has the same signature.

    def _check(self, blocks: Iterable[context]) -> None:
        size = len(encode(_known(blocks)))
        most = min(conf.context_max_bytes(), LARGEST)
        if size > most:
            raise ContextTooLarge(f"{size} bytes of JSON; at most {most}")


class LazyContext(context):
    """A block whose metadata is asked for when a statement is sent.

    :param provide: returns what JSON takes, and never fails.
    """

    def __init__(self, provide: Layer) -> None:
        super().__init__()
        self.provide = provide

    def layer(self) -> Mapping[str, Any]:
        return self.provide()

    def _check(self, blocks: Iterable[context]) -> None:
        """What is not known yet cannot be checked yet."""


def current_context() -> dict[str, Any]:
    """What the writes here and now would carry; empty where nothing was told."""
    return _merged(_blocks.get())


def known_context() -> dict[str, Any]:
    """The part of it that was checked when its blocks were opened."""
    return _known(_blocks.get())


def _known(blocks: Iterable[context]) -> dict[str, Any]:
    """What other blocks are yet to provide is not asked for: it may take queries."""
    return _merged(block for block in blocks if not isinstance(block, LazyContext))


def _merged(blocks: Iterable[context]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    with suspended():
        for block in blocks:
            merged.update(block.layer())
    return merged


def is_active() -> bool:
    """Whether any block is open here."""
    return bool(_blocks.get())


@contextmanager
def suspended() -> Iterator[None]:
    """No block is open inside: for what is read while a context is made."""
    token = _blocks.set(())
    try:
        yield
    finally:
        _blocks.reset(token)


def encode(metadata: Any) -> str:
    """``metadata`` as ASCII JSON that PostgreSQL's jsonb takes, and that is inert in a comment."""
    return _inert(_storable(_encoder.encode(metadata)))


# Only ASCII: the same bytes in every client encoding.
_encoder = ContextEncoder(separators=(",", ":"), allow_nan=False, skipkeys=False)


def frozen(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """``metadata`` as JSON has it.

    :raises ContextNotSerializable: for what Django's JSON encoder does not take.
    """
    taken: dict[str, Any] = {}
    for key, value in metadata.items():
        taken.update(_frozen(key, value))
    return taken


def _frozen(key: str, value: Any) -> dict[str, Any]:
    """What a later change of ``value`` does not reach."""
    try:
        taken: dict[str, Any] = json.loads(encode({key: value}))
        if _depth(taken) > DEEPEST:
            raise ValueError(f"nested deeper than {DEEPEST} levels")
    except (TypeError, ValueError, RecursionError) as error:
        raise ContextNotSerializable(f"{key}={type(value).__name__}: {error}") from error
    return taken


def _depth(value: Any) -> int:
    if not isinstance(value, (dict, list)):
        return 0
    parts = value.values() if isinstance(value, dict) else value
    return max((1 + _depth(part) for part in parts), default=0)


def _storable(encoded: str) -> str:
    """Encoded JSON without what jsonb refuses: NUL, and halves of surrogate pairs."""
    return _REFUSED.sub(lambda match: match["kept"] or r"\ufffd", encoded)


# Escaped backslashes and whole pairs are matched first, and kept.
_REFUSED = re.compile(
    r"(?P<kept>\\\\|\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2})|\\u0000|\\ud[89a-f][0-9a-f]{2}"
)


def _inert(encoded: str) -> str:
    """JSON that neither ends a comment, begins another nor holds a placeholder.

    In JSON these characters occur inside strings alone, where an escape means the same.
    """
    return encoded.replace("/", r"\u002f").replace("%", r"\u0025")
