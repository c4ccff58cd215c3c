"""How a worker is stopped: by a signal, after the batch in hand; by a second one, at once.

A thread listens, since the worker may be inside of its driver, where Python runs no handlers.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

SIGNALS = (signal.SIGTERM, signal.SIGINT)

GRACE = 30.0
"""Seconds that a worker has to finish its batch when its parent was killed."""


_heard: set[signal.Signals] = set()


@contextmanager
def stoppable(parent: int | None = None) -> Iterator[threading.Event]:
    """An event that is set when this process is to stop.

    :param parent: a file descriptor that reads an end of file when the parent wants it to stop, or
        is gone.
    """
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        # Signals are the main thread's business.
        yield stop
        return
    with heard(SIGNALS) as signals:
        arguments = (signals, parent, os.getppid(), stop)
        thread = threading.Thread(target=_listen, args=arguments, daemon=True)
        thread.start()
        yield stop
    thread.join()


@contextmanager
def heard(signals: tuple[signal.Signals, ...]) -> Iterator[socket.socket]:
    """A socket from which signals can be read; they do nothing else meanwhile."""
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    fd_before = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    before: dict[signal.Signals, Any] = {each: signal.signal(each, _ignore) for each in signals}
    _heard.update(signals)
    try:
        yield reader
    finally:
        _heard.difference_update(signals)
        for each, handler in before.items():
            signal.signal(each, handler)
        signal.set_wakeup_fd(fd_before)
        writer.close()


def _hear_no_more() -> None:
    """Have a process that is begun meanwhile, as by a handler, end by signals as any other.

    It has the socket too: what it is told would be heard here.
    """
    if _heard:
        signal.set_wakeup_fd(-1)
        for each in _heard:
            signal.signal(each, signal.SIG_DFL)
        _heard.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_hear_no_more)


def _ignore(*_: object) -> None:
    """Not SIG_IGN, with which nothing could be read, and which child processes would inherit."""


def _listen(
    signals: socket.socket, parent: int | None, parent_pid: int, stop: threading.Event
) -> None:
    """Stop at the first signal, end at the second; end after a while if the parent is gone."""
    watched: list[socket.socket | int] = [signals] if parent is None else [signals, parent]
    is_second = False
    while True:
        is_watched = parent is None or parent in watched
        ready, _, _ = select.select(watched, [], [], None if is_watched else GRACE)
        if parent is not None and parent in ready:
            watched.remove(parent)
            stop.set()
        if signals in ready:
            found = signals.recv(64)
            if not found:
                signals.close()
                return
            for number in (each for each in found if each in SIGNALS):
                if is_second:
                    os._exit(128 + number)
                is_second = True
                stop.set()
        if not ready and os.getppid() != parent_pid:
            os._exit(1)
