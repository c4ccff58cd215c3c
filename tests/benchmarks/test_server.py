"""What is measured does not pay for new files of WAL."""

from tests.benchmarks.server import FILES, make_wal_files


def test_files_are_there_to_be_written_to(postgresql):
    make_wal_files()
    (files,) = postgresql.execute(FILES).fetchone()
    # Other tests may be writing.
    ahead = "SELECT count(*) FROM pg_ls_waldir() WHERE name > pg_walfile_name(pg_current_wal_lsn())"
    (found,) = postgresql.execute(ahead).fetchone()
    assert found >= files // 2 > 1
