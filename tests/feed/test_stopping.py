"""What stops a process."""

import os
import signal
import threading
import time

from tests.feed.workers import runs, until
from trigger_audit.feed import stopping
from trigger_audit.feed.stopping import stoppable


def test_an_orphan_that_does_not_stop_is_ended(monkeypatch, tmp_path):
    monkeypatch.setattr(stopping, "GRACE", 0.05)
    reader, writer = os.pipe()
    pids = tmp_path / "pids"
    parent = os.fork()
    if parent == 0:
        if os.fork() == 0:
            os.close(writer)
            hang(reader, pids)
        until(pids.exists)
        os._exit(0)
    os.waitpid(parent, 0)
    os.close(writer)
    os.close(reader)
    until(lambda: not runs(int(pids.read_text())))


def hang(reader, pids):
    with stoppable(reader):
        unfinished = pids.with_suffix(".unfinished")
        unfinished.write_text(str(os.getpid()))
        unfinished.rename(pids)
        while True:
            time.sleep(0.01)


def test_a_process_that_a_handler_begins_ends_by_its_own_signals():
    reader, writer = os.pipe()
    with stoppable() as stop:
        child = os.fork()
        if child == 0:
            os.write(writer, b"x")
            time.sleep(60)
            os._exit(0)
        os.read(reader, 1)
        os.kill(child, signal.SIGTERM)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGTERM
        assert not stop.is_set()
        # This one still hears its own.
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.wait(60)
    os.close(reader)
    os.close(writer)


def test_afterwards_signals_are_what_they_were():
    before = [signal.getsignal(each) for each in stopping.SIGNALS]
    with stoppable() as stop:
        os.kill(os.getpid(), signal.SIGINT)
        assert stop.wait(60)
    assert [signal.getsignal(each) for each in stopping.SIGNALS] == before


def test_a_thread_leaves_signals_alone():
    before = [signal.getsignal(each) for each in stopping.SIGNALS]
    seen = []

    def run():
        with stoppable() as stop:
            seen.append((stop.is_set(), [signal.getsignal(each) for each in stopping.SIGNALS]))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [(False, before)]
