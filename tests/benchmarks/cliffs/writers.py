"""Writers at the same time."""

import re
import subprocess
import tempfile
from functools import partial
from pathlib import Path
from statistics import median

from django.db import connections

from tests import postgres
from tests.benchmarks.cliffs.case import Case, interleaved, spread
from tests.benchmarks.cliffs.tables import Table
from trigger_audit import Audit

ROWS = 100_000
PAUSE = 5
"""Milliseconds between a client's transactions. Without, two cores are what bounds eight clients,
the sooner the more a transaction has to do. What this asks is whether they wait for each other."""


def eight_writers(full: bool) -> list[Case]:
    """What eight clients write more than one, on the other table over the audited one."""
    plain, audited = Table("plain", rows=ROWS), Table("audited", Audit(), rows=ROWS)
    found = interleaved(
        7 if full else 2,
        plain=partial(gain, plain, 5 if full else 1),
        audited=partial(gain, audited, 5 if full else 1),
    )
    details = [f"{key}: eight write {spread(gains)} times as much" for key, gains in found.items()]
    ratio = median(found["plain"]) / median(found["audited"])
    name = f"eight writers that pause {PAUSE} ms, gain over one, unaudited to audited"
    return [Case(name, ratio, 1.1, details)]


def gain(table: Table, seconds: int) -> float:
    one, eight = (transactions(table, clients, seconds) for clients in (1, 8))
    table.tidy()
    return eight / one


def transactions(table: Table, clients: int, seconds: int) -> float:
    """Transactions a second, each an update of one row, by PostgreSQL's own ``pgbench``."""
    server = postgres.connection()
    programs = postgres.programs_folder(postgres.requested_version())
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "script.sql"
        script.write_text(
            f"\\set key random(1, {ROWS})\n\\sleep {PAUSE} ms\n"
            f"{table.update(1).replace('= 1', '= :key')};"
        )
        command = [programs / "pgbench", "--no-vacuum", f"--file={script}", "--protocol=prepared"]
        command += [f"--client={clients}", f"--time={seconds}", f"--host={server['host']}"]
        command += [f"--port={server['port'] or 5432}", f"--username={server['user']}"]
        command.append(connections["default"].settings_dict["NAME"])
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return float(re.findall(r"tps = ([\d.]+)", printed)[-1])
