"""A PgBouncer of its own for a test: one server connection, given to a transaction at a time."""

import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from tests import postgres

CONFIGURATION = """
[databases]
* = host={server[host]} port={server[port]}

[pgbouncer]
pool_mode = transaction
default_pool_size = 1
max_client_conn = 100
auth_type = trust
auth_file = {folder}/users
listen_addr =
listen_port = 6432
unix_socket_dir = {folder}
logfile = {folder}/log
ignore_startup_parameters = extra_float_digits
"""


@contextmanager
def running():
    """The folder of its socket."""
    folder = Path(tempfile.mkdtemp(prefix="pgbouncer-", dir="/tmp"))
    server = postgres.connection()
    (folder / "users").write_text(f'"{server["user"]}" "{server["password"]}"\n')
    (folder / "ini").write_text(CONFIGURATION.format(server=server, folder=folder))
    # It refuses to be root; whose server it is may use the server's socket.
    account = postgres.unprivileged_account()
    for path in (folder, *folder.iterdir()) if account else ():
        shutil.chown(path, account["user"], account["group"])
    program = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/bin")
    process = subprocess.Popen([program, "-q", folder / "ini"], **account)
    try:
        wait_until_ready(folder, server)
        yield str(folder)
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)


def wait_until_ready(folder, server, seconds=5):
    dsn = make_conninfo(host=str(folder), port=6432, user=server["user"], dbname="postgres")
    deadline = time.monotonic() + seconds
    while not answers(dsn):
        if time.monotonic() > deadline:
            raise TimeoutError((folder / "log").read_text())
        time.sleep(0.05)


def answers(dsn):
    try:
        psycopg.connect(dsn).close()
    except psycopg.OperationalError:
        return False
    return True
