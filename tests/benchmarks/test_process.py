"""Time on the processor and memory of a server's process are those that it used."""

import pytest

from tests.benchmarks import process
from tests.benchmarks.process import Meter

SORT = "SELECT count(DISTINCT md5(number::text)) FROM generate_series(1, 200000) AS number"


@pytest.fixture
def pid(postgresql):
    if not process.is_local(postgresql.info.backend_pid):
        pytest.skip("the server's process is not to be seen from here")
    return postgresql.info.backend_pid


def test_work_takes_time_and_memory(postgresql, pid):
    idle = Meter((pid,))
    least = idle.memory()
    postgresql.execute("SET work_mem = '64MB'")
    busy = Meter((pid,))
    postgresql.execute(SORT)
    assert busy.processor() > 0
    assert busy.memory() > least + 4_000_000


def test_the_peak_starts_anew(postgresql, pid):
    postgresql.execute("SET work_mem = '64MB'")
    busy = Meter((pid,))
    postgresql.execute(SORT)
    peak = busy.memory()
    assert Meter((pid,)).memory() < peak


def test_what_is_no_server_of_ours_is_not_known():
    meter = Meter((1,))
    assert (meter.processor(), meter.memory()) == (None, None)


def test_what_the_system_does_not_tell_is_not_known(pid, monkeypatch):
    monkeypatch.setattr(process, "processor_seconds", lambda pid: None)
    monkeypatch.setattr(process, "forget_peak", lambda pid: False)
    meter = Meter((pid,))
    assert (meter.processor(), meter.memory()) == (None, None)
