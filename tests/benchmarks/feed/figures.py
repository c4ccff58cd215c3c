"""The measurements, each on the events or the books that are there."""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median

from django.core.management import call_command
from django.db import connection, connections

from tests import postgres
from tests.benchmarks.cliffs.case import interleaved, spread
from tests.benchmarks.feed.worker import Taken

WORKER = [sys.executable, "-m", "tests.benchmarks.feed.worker"]
PAGES = (100, 1000, 5000)
BOOKS = 1000
LOADS: tuple[tuple[int, int | None], ...] = ((4, 500), (1, None), (4, None))
"""Clients, and how many transactions a second all of them begin."""
UPDATE = rf"""\set key random(1, {BOOKS})
UPDATE library_book SET price = price + 0.01 WHERE id = :key;
"""


def execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def write(events: int) -> None:
    """Nothing but books, and so many events of them, in transactions of a thousand."""
    call_command("migrate", verbosity=0)
    execute("SELECT trigger_audit_flush()", "TRUNCATE library_book CASCADE")
    execute("SELECT trigger_audit_flush()")
    book = f"SELECT n, 'The title of number ' || n, 9.9 FROM generate_series(1, {BOOKS}) AS n"
    execute(f"INSERT INTO library_book (id, title, price) {book}")
    for _ in range(events // BOOKS - 1):
        execute("UPDATE library_book SET price = price + 0.01")
    execute("VACUUM ANALYZE")


def drain(page: int) -> Taken:
    """Deliver all there is, by a new process."""
    connections.close_all()
    found = subprocess.run([*WORKER, str(page)], check=True, capture_output=True, text=True)
    return Taken(**json.loads(found.stdout.splitlines()[-1]))


def rates(rounds: int) -> Iterator[str]:
    """Changes a second, by the size of the page."""
    measures = {
        f"pages of {page:,}": lambda page=page: rate(drain(page))  # type: ignore[misc]
        for page in PAGES
    }
    for name, found in interleaved(rounds, **measures).items():
        yield f"{name}: {spread(found)} changes a second"


def rate(taken: Taken) -> float:
    return taken.changes / taken.seconds


def memory(events: int) -> Iterator[str]:
    """The most memory that a worker takes for a tenth of a backlog, and for all of it."""
    for part in (events // 10, events):
        write(part)
        for page in PAGES:
            taken = drain(page)
            yield (
                f"backlog of {taken.changes:,}, pages of {page:,}: {taken.memory:.0f} MB at most,"
                f" {taken.before:.0f} MB before"
            )


def slowdown(rounds: int, seconds: int) -> Iterator[str]:
    """What a transaction takes with a worker beside the clients, over what it takes without."""
    for clients, rate in LOADS:
        found = interleaved(
            rounds,
            alone=partial(latency, clients, rate, seconds),
            beside=partial(beside, clients, rate, seconds),
        )
        ratio = median(found["beside"]) / median(found["alone"])
        load = f"{rate} a second" if rate else "as many as they can"
        yield (
            f"{clients} clients, {load}: {ratio:.2f} times as long with a worker beside; alone"
            f" {spread(found['alone'], 1000)}, beside {spread(found['beside'], 1000)} µs"
        )


def beside(clients: int, rate: int | None, seconds: int) -> float:
    with consuming():
        return latency(clients, rate, seconds)


@contextmanager
def consuming() -> Iterator[None]:
    """A worker that delivers what is written meanwhile."""
    command = [*WORKER, "500", "--beside"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        yield
        process.terminate()
        output = process.stdout.read()
    assert json.loads(output)["changes"], "the worker delivered nothing"


def latency(clients: int, rate: int | None, seconds: int) -> float:
    """Milliseconds of a transaction, an update of one book, by PostgreSQL's own ``pgbench``."""
    server = postgres.connection()
    programs = postgres.programs_folder(postgres.requested_version())
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "script.sql"
        script.write_text(UPDATE)
        command = [programs / "pgbench", "--no-vacuum", f"--file={script}", "--protocol=prepared"]
        command += [f"--client={clients}", f"--time={seconds}", f"--host={server['host']}"]
        command += [f"--port={server['port'] or 5432}", f"--username={server['user']}"]
        command += [f"--rate={rate}"] if rate else []
        command.append(connection.settings_dict["NAME"])
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    lag = re.findall(r"rate limit schedule lag: avg ([\d.]+)", printed)
    # With a rate, pgbench counts from when a transaction was to begin.
    return float(re.findall(r"latency average = ([\d.]+)", printed)[-1]) - sum(map(float, lag))
