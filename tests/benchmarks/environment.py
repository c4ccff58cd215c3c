"""What it was measured on: versions, machine, and the settings of the server."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

from django.db import connection

PACKAGES = (
    "Django",
    "django-trigger-audit",
    "django-pghistory",
    "django-pgtrigger",
    "django-simple-history",
    "django-auditlog",
    "psycopg2-binary",
)
SETTINGS = (
    "autovacuum",
    "shared_buffers",
    "work_mem",
    "min_wal_size",
    "max_wal_size",
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "jit",
)


def versions() -> dict[str, str]:
    """What took part, by name."""
    server = {"PostgreSQL": shown("server_version"), "Python": platform.python_version()}
    return server | {name: installed(name) for name in PACKAGES}


def installed(name: str) -> str:
    """The version of a package; ours may be a checkout that is not installed."""
    try:
        return version(name)
    except ModuleNotFoundError:
        return "this checkout"


def settings() -> dict[str, str]:
    return {name: shown(name) for name in SETTINGS}


def shown(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {name}")
        return str(cursor.fetchone()[0])


def machine() -> str:
    """Processor, cores and memory, as far as they can be known."""
    cores = f"{os.cpu_count()} cores"
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{processor()}, {cores}, {memory:.0f} GB, {platform.system()} {platform.release()}"


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
