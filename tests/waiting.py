"""Waits for what another process does; its log tells why that did not happen."""

import time


def wait_for(happened, log, seconds=60):
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.02)
