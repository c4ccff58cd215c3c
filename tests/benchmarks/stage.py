"""One contestant at work on one table: emptied, written by a session of its own, measured."""

import time
from collections.abc import Callable
from typing import Any

import psycopg2
from django.db import connection

from tests.benchmarks import process
from tests.benchmarks.peers.kinds import KINDS
from tests.benchmarks.peers.tables import Table
from tests.benchmarks.sample import Sample
from tests.benchmarks.telling import Telling, telling


class MissedWrite(Exception):
    """A contestant did not record what it was timed on."""


class Stage:
    """A table as one kind audits it, and a fresh session that writes it."""

    def __init__(self, table: Table, kind: str, rows: int, has_context: bool = False) -> None:
        self.table, self.kind, self.rows = table, KINDS[kind], rows
        self.name = table.table(kind)
        self.samples: list[Sample] = []
        self.telling = telling(kind) if has_context else Telling()
        self.suffix = ", context" if has_context else ""
        self.session = connect()
        self.cursor = self.session.cursor()

    @property
    def source(self) -> str:
        """The table of the rows to be inserted."""
        return f"bench_{self.table.name}_source"

    @property
    def columns(self) -> str:
        return ", ".join(self.table.values)

    @property
    def tables(self) -> list[str]:
        """Where the history is: its own table first."""
        if self.kind.history is None:
            return []
        names = (self.kind.history, *self.kind.shared)
        return [name.format(table=self.name) for name in names]

    def empty(self) -> None:
        """Leave neither rows nor history."""
        self.cursor.execute("BEGIN; SET LOCAL trigger_audit.allow_change = 'benchmark'")
        for name in (self.name, *self.tables):
            self.cursor.execute(f"TRUNCATE {name} RESTART IDENTITY")
        self.cursor.execute("COMMIT")

    def fill(self, rows: int | None = None) -> None:
        """Insert rows that are there to be changed."""
        self.cursor.execute(self.insert(rows))

    def insert(self, rows: int | None = None) -> bytes:
        source = f"SELECT {self.columns} FROM {self.source} LIMIT {rows or self.rows}"
        return f"INSERT INTO {self.name} ({self.columns}) {source}".encode()

    def measure(self, work: str, action: Callable[[], object], pids: tuple[int, ...] = ()) -> None:
        """Time an action that is to leave an event for each of the rows.

        :param pids: the processes that do it; unless given, that of the stage's own session.
        :raises MissedWrite: if it leaves another number of events, or none.
        """
        events, size, lsn = self.events(), self.size(), self.lsn()
        meter = process.Meter(pids or (self.session.info.backend_pid,))
        started = time.perf_counter()
        action()
        seconds = time.perf_counter() - started
        processor, memory, wal = meter.processor(), meter.memory(), self.lsn() - lsn
        sample = Sample(
            table=self.table.name,
            work=work + self.suffix,
            kind=self.kind.name,
            rows=self.rows,
            seconds=seconds,
            processor=processor,
            wal=wal,
            history=self.size() - size,
            memory=memory,
            is_missed=self.is_missed(work, self.events() - events),
        )
        self.samples.append(sample)

    def is_missed(self, work: str, found: int) -> bool:
        """Is it a write that this kind is known not to see?"""
        if not self.tables or found == self.rows:
            return False
        if found == 0 and not self.kind.sees_statements:
            return True
        raise MissedWrite(f"{work}: {found} events of {self.rows} in {self.tables[0]}")

    def events(self) -> int:
        return int(ask(f"SELECT count(*) FROM {self.tables[0]}")) if self.tables else 0

    def size(self) -> int:
        trees = " UNION ALL ".join(
            f"SELECT relid FROM pg_partition_tree('{name}') UNION SELECT '{name}'::regclass"
            for name in self.tables
        )
        query = f"SELECT sum(pg_total_relation_size(relid)) FROM ({trees}) AS tables"
        return int(ask(query)) if self.tables else 0

    def lsn(self) -> int:
        return int(ask("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"))

    def close(self) -> None:
        self.session.close()


def connect() -> Any:
    """A session without anything between it and the server."""
    parameters = connection.get_connection_params()
    session = psycopg2.connect(
        **{
            name: parameters[name]
            for name in ("dbname", "user", "password", "host", "port")
            if name in parameters
        }
    )
    session.autocommit = True
    return session


def ask(query: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
