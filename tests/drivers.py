"""Makes Django use the driver that DRIVER names, although both are installed."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib import import_module

DRIVERS = ("psycopg2", "psycopg")
# Whoever prefers psycopg 3 wherever it can be imported; each decides once, when it is loaded.
CHOOSERS = ("django.db.backends.postgresql.base", "pgtrigger.utils")


def requested() -> str:
    driver = os.environ.get("DRIVER", DRIVERS[0])
    if driver not in DRIVERS:
        raise ValueError(f"DRIVER={driver}: it is one of {', '.join(DRIVERS)}.")
    return driver


def use(driver: str) -> None:
    """Have Django and pgtrigger use it; to be called before anything else loads them."""
    with hidden("psycopg") if driver == "psycopg2" else nullcontext():
        for module in CHOOSERS:
            import_module(module)


@contextmanager
def hidden(name: str) -> Iterator[None]:
    """Have ``import name`` fail, whether or not the module is loaded already."""
    present = sys.modules.get(name)
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]
        if present is not None:
            sys.modules[name] = present
