"""What is measured does not pay for new files of WAL."""

import psycopg

from tests import postgres
from tests.benchmarks.server import FILES, make_wal_files

AHEAD = "SELECT count(*) FROM pg_ls_waldir() WHERE name > pg_walfile_name(pg_current_wal_lsn())"


def test_files_are_there_to_be_written_to(monkeypatch):
    dsn = postgres.start(postgres.requested_version())
    monkeypatch.setenv(postgres.DSN, dsn)
    with psycopg.connect(dsn, autocommit=True) as session:
        (files,) = session.execute(FILES).fetchone()
        (before,) = session.execute(AHEAD).fetchone()
        make_wal_files()
        (after,) = session.execute(AHEAD).fetchone()
    assert before < files - 1 <= after
