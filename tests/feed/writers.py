"""Sessions that write books at the same time, in every way that upsets naive readers."""

import random
import threading
import time
from contextlib import contextmanager

import psycopg
from psycopg.conninfo import make_conninfo

from tests import postgres

BOOKS = 40
GIVE_UP = (
    psycopg.errors.DeadlockDetected,
    psycopg.errors.ForeignKeyViolation,
    psycopg.errors.LockNotAvailable,
    psycopg.errors.UniqueViolation,
)


def dsn(database):
    return make_conninfo(**{**postgres.connection(), "dbname": database})


class Writer(threading.Thread):
    """Writes for so many transactions."""

    def __init__(self, database, seed, transactions):
        super().__init__()
        self.random = random.Random(seed)
        self.database = database
        self.transactions = transactions
        self.error = None

    def run(self):
        try:
            with psycopg.connect(dsn(self.database), autocommit=True) as session:
                session.execute("SET lock_timeout = '300ms'")
                session.execute("SET deadlock_timeout = '20ms'")
                for number in range(self.transactions):
                    self.transact(session, f"{self.name}-{number}")
        except BaseException as error:  # noqa: BLE001 - told to the test
            self.error = error

    def transact(self, session, gid):
        session.execute("BEGIN")
        try:
            is_long = self.random.random() < 0.05
            for _ in range(self.random.choice([1, 1, 2, 4])):
                self.write(session)
                if is_long:
                    time.sleep(self.random.uniform(0.02, 0.15))
            self.end(session, gid)
        except GIVE_UP:
            session.execute("ROLLBACK")

    def write(self, session):
        """One statement, in a savepoint that may be rolled back."""
        savepoint = self.random.random() < 0.3
        if savepoint:
            session.execute("SAVEPOINT s")
        book = self.random.randint(1, BOOKS)
        kind = self.random.random()
        if kind < 0.15:
            session.execute("DELETE FROM library_book WHERE id = %s", [book])
        elif kind < 0.85:
            session.execute("UPDATE library_book SET price = price + 1 WHERE id = %s", [book])
        session.execute(
            "INSERT INTO library_book (id, title, price) VALUES (%s, '', 0) ON CONFLICT DO NOTHING",
            [book],
        )
        if savepoint and self.random.random() < 0.5:
            session.execute("ROLLBACK TO SAVEPOINT s")

    def end(self, session, gid):
        kind = self.random.random()
        if kind < 0.1:
            session.execute("ROLLBACK")
        elif kind < 0.2:
            session.execute(f"PREPARE TRANSACTION '{gid}'")
            time.sleep(self.random.uniform(0, 0.05))
            session.execute(f"COMMIT PREPARED '{gid}'")
        else:
            session.execute("COMMIT")


@contextmanager
def writing(database, writers, transactions, kind=Writer):
    """Writers, which have ended after the block."""
    threads = [kind(database, seed, transactions) for seed in range(writers)]
    for thread in threads:
        thread.start()
    try:
        yield threads
    finally:
        for thread in threads:
            thread.join()
    assert [thread.error for thread in threads] == [None] * writers
