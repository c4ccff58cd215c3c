"""The memory and the disk that a very large statement takes."""

import re
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.cliffs.case import Case
from tests.benchmarks.cliffs.tables import Table, session, timed
from trigger_audit import Audit

TEMPORARY = "SELECT temp_bytes FROM pg_stat_database WHERE datname = current_database()"


class Taken(NamedTuple):
    seconds: float
    peak: float
    """MB of the server's process, less what it shares."""
    temporary: float
    """MB written to temporary files."""

    def __str__(self) -> str:
        return f"{self.seconds:.1f} s, {self.peak:.0f} MB, {self.temporary:.0f} MB on disk"


def one_large_update(full: bool) -> list[Case]:
    """Four times the rows must not take more memory, whatever there is of ``work_mem``."""
    rows = 1_000_000 if full else 100_000
    table, plain = Table("large", Audit(), rows=rows), Table("plain", rows=rows)
    found = {}
    for work_mem in ("4MB", "64MB"):
        found[work_mem] = [update(table, count, work_mem) for count in (rows // 4, rows)]
    quarter, whole = found["4MB"]
    details = [
        f"work_mem {work_mem}: a quarter {each[0]}, all {each[1]}"
        for work_mem, each in found.items()
    ]
    details.append(f"unaudited: {update(plain, rows, '4MB')}")
    return [Case(f"memory of an update of {rows:,} rows", whole.peak / quarter.peak, 1.3, details)]


def update(table: Table, rows: int, work_mem: str) -> Taken:
    with session() as observer:
        ((before,),) = observer.execute(TEMPORARY).fetchall()
        with session() as connection, connection.transaction(force_rollback=True):
            connection.execute(f"SET LOCAL work_mem = '{work_mem}'")
            seconds = timed(connection, table.update(rows))
            peak = peak_of(connection.info.backend_pid)
            connection.execute("SELECT pg_stat_force_next_flush()")
        table.tidy()
        ((after,),) = observer.execute(TEMPORARY).fetchall()
    return Taken(seconds, peak, (after - before) / 1e6)


def peak_of(pid: int) -> float:
    """MB that a process of this machine had of its own, at most; not a number elsewhere."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return float("nan")
    sizes = dict(re.findall(r"(VmHWM|RssShmem):\s+(\d+) kB", status.read_text()))
    return (int(sizes["VmHWM"]) - int(sizes["RssShmem"])) / 1000
