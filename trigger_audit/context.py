"""Who and why: what the application tells of the writes that it makes."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, Token
from functools import wraps
from types import TracebackType
from typing import Any, TypeVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model

from trigger_audit import conf
from trigger_audit.exceptions import ContextNotSerializable, ContextTooLarge

Function = TypeVar("Function", bound=Callable[..., Any])
Layer = Callable[[], Mapping[str, Any]]

_layers: ContextVar[tuple[Layer, ...]] = ContextVar("trigger_audit_layers", default=())


class ContextEncoder(DjangoJSONEncoder):
    """Django's JSON encoder; a model instance becomes its primary key."""

    def default(self, value: Any) -> Any:
        return value.pk if isinstance(value, Model) else super().default(value)


class context:  # noqa: N801
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
        self._tokens: list[Token[tuple[Layer, ...]]] = []

    def layer(self) -> Mapping[str, Any]:
        """What the block adds, as it is when a statement is sent."""
        return self.metadata

    def __enter__(self) -> None:
        token = _layers.set((*_layers.get(), self.layer))
        try:
            self._check()
        except BaseException:
            _layers.reset(token)
            raise
        self._tokens.append(token)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _layers.reset(self._tokens.pop())

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
        if inspect.iscoroutinefunction(function):

            @wraps(function)
            async def call(*args: Any, **kwargs: Any) -> Any:
                with self._copy():
                    return await function(*args, **kwargs)

        else:

            @wraps(function)
            def call(*args: Any, **kwargs: Any) -> Any:
                with self._copy():
                    return function(*args, **kwargs)

        return call  # type: ignore[return-value]

    def _copy(self) -> context:
        """A block of its own for each call, which may run beside others."""
        return type(self)(**self.metadata)

    def _check(self) -> None:
        """What other blocks are yet to provide is not asked for: it may take queries."""
        size = len(encode(_merged(layer for layer in _layers.get() if not _is_lazy(layer))))
        if size > conf.context_max_bytes():
            raise ContextTooLarge(f"{size} bytes of JSON; at most {conf.context_max_bytes()}")


class LazyContext(context):
    """A block whose metadata is asked for when a statement is sent.

    :param provide: returns what JSON takes, and never fails.
    """

    def __init__(self, provide: Layer) -> None:
        super().__init__()
        self.provide = provide

    def layer(self) -> Mapping[str, Any]:
        return self.provide()

    def _check(self) -> None:
        """What is not known yet cannot be checked yet."""


def current_context() -> dict[str, Any]:
    """What the writes here and now would carry; empty where nothing was told."""
    return _merged(_layers.get())


def _merged(layers: Iterable[Layer]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    with suspended():
        for layer in layers:
            merged.update(layer())
    return merged


def _is_lazy(layer: Layer) -> bool:
    return isinstance(getattr(layer, "__self__", None), LazyContext)


def is_active() -> bool:
    """Whether any block is open here."""
    return bool(_layers.get())


@contextmanager
def suspended() -> Iterator[None]:
    """No block is open inside: for what is read while a context is made."""
    token = _layers.set(())
    try:
        yield
    finally:
        _layers.reset(token)


def encode(metadata: Any) -> str:
    """``metadata`` as ASCII JSON that PostgreSQL's jsonb takes."""
    return _storable(_encoder.encode(metadata))


# Only ASCII: the same bytes in every client encoding.
_encoder = ContextEncoder(separators=(",", ":"), allow_nan=False, skipkeys=False)


def frozen(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """``metadata`` as JSON has it.

    :raises ContextNotSerializable: for what Django's JSON encoder does not take.
    """
    return {key: _frozen(key, value) for key, value in metadata.items()}


def _frozen(key: str, value: Any) -> Any:
    """``value`` as JSON has it, so that a later change of it does not reach an event."""
    try:
        return json.loads(encode(value))
    except (TypeError, ValueError, RecursionError) as error:
        raise ContextNotSerializable(f"{key}={type(value).__name__}: {error}") from error


def _storable(encoded: str) -> str:
    """Encoded JSON without what jsonb refuses: NUL, and halves of surrogate pairs."""
    return _REFUSED.sub(lambda match: match["kept"] or r"\ufffd", encoded)


# Escaped backslashes and whole pairs are matched first, and kept.
_REFUSED = re.compile(
    r"(?P<kept>\\\\|\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2})|\\u0000|\\ud[89a-f][0-9a-f]{2}"
)
