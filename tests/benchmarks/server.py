"""The server that is measured: nothing works in the background, and its files of WAL are made."""

import psycopg
from psycopg.conninfo import make_conninfo

from tests import postgres

SETTINGS = {
    "autovacuum": "off",
    "shared_buffers": "512MB",
    "min_wal_size": "2GB",
    "max_wal_size": "8GB",
    # No checkpoint by the clock falls into a measurement.
    "checkpoint_timeout": "1h",
}
FILES = """
SELECT pg_size_bytes(current_setting('min_wal_size'))
    / pg_size_bytes(current_setting('wal_segment_size'))
"""
FILL = "SELECT pg_logical_emit_message(FALSE, 'benchmark', ''), pg_switch_wal()"


def start() -> None:
    """Start a server with these settings; one that the environment names keeps its own."""
    postgres.SETTINGS.update(SETTINGS)
    postgres.connection()
    make_wal_files()


def make_wal_files() -> None:
    """Make the files of WAL that the server keeps, as it has them once it was up for a while.

    The process that needs a new one fills it with zeros first: in bulk that took as much of its
    time as all that it wrote, and no two rounds needed the same number.
    """
    dsn = make_conninfo(**{**postgres.connection(), "dbname": "postgres"})
    with psycopg.connect(dsn, autocommit=True) as session:
        (files,) = session.execute(FILES).fetchone() or (0,)
        for _ in range(files):
            session.execute(FILL)
        session.execute("CHECKPOINT")
