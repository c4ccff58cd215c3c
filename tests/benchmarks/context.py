"""What a context costs a write: none, a comment as is sent, or ``set_config`` before it."""

import json
import os
import statistics
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import trigger_audit
from trigger_audit.statements import comment

SINGLE = 400
ROUNDS = 9
LARGE_ROUNDS = 5
LARGE = 10_000_000
TOLD = {
    "user": 7,
    "username": "ann@example.org",
    "method": "POST",
    "path": "/books/7/edit/",
    "request_id": "0b5e0c2c-3f4e-4d3a-9a55-0f7f6f0e9d11",
}
Way = tuple[Callable[[], AbstractContextManager[None]], str]


def main() -> None:
    """Print medians and ratios to writing without a context, on an audited table."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    print(f"\nA context of {len(json.dumps(TOLD))} bytes, {driver()}")
    report(f"update of a row, µs, median of {ROUNDS} rounds of {SINGLE}", single_row, ROUNDS, 1e6)
    report(f"insert of {LARGE:,} bytes, ms, median of {LARGE_ROUNDS}", large, LARGE_ROUNDS, 1e3)
    report("the same, many rows", many_rows, LARGE_ROUNDS, 1e3)
    with trigger_audit.context(**TOLD):
        started = time.perf_counter()
        for _ in range(10_000):
            comment()
        print(f"  of it, in Python: {(time.perf_counter() - started) * 100:.1f} µs a statement")


def driver() -> str:
    from django.db import connection

    return f"{connection.Database.__name__}, PostgreSQL {connection.pg_version // 10000}"


def ways() -> dict[str, Way]:
    prefix = f"SELECT set_config('trigger_audit.context', '{json.dumps(TOLD)}', true); "
    return {
        "no context": (nullcontext, ""),
        "comment": (lambda: trigger_audit.context(**TOLD), ""),
        "set_config": (nullcontext, prefix),
    }


def report(title: str, measure: Callable[[str], float], rounds: int, scale: float) -> None:
    seconds: dict[str, list[float]] = {name: [] for name in ways()}
    for _ in range(rounds):
        for name, (opened, prefix) in ways().items():
            with opened():
                seconds[name].append(measure(prefix))
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    print(f"  {title}")
    for name, median in medians.items():
        print(f"    {name:10} {median * scale:9.1f}  {median / medians['no context']:.2f}")


def single_row(prefix: str) -> float:
    """Seconds an update of one row takes, in a transaction of many."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"{CREATE} VALUES ('single', '') RETURNING id")
        (pk,) = cursor.fetchone()
        statement = f"{prefix}UPDATE captured_customer SET email = %s WHERE id = %s"
        started = time.perf_counter()
        for number in range(SINGLE):
            cursor.execute(statement, [str(number), pk])
        seconds = time.perf_counter() - started
        transaction.set_rollback(True)
    return seconds / SINGLE


def large(prefix: str) -> float:
    """Seconds an insert of one large value takes."""
    return timed(f"{prefix}{CREATE} VALUES ('large', %s)", ["x" * LARGE])


def many_rows(prefix: str) -> float:
    """Seconds an insert of as much in rows of 1,000 bytes takes."""
    rows = ", ".join(f"('{number}', '{'x' * 990}')" for number in range(LARGE // 1000))
    return timed(f"{prefix}{CREATE} VALUES {rows}", None)


def timed(statement: str, parameters: list[str] | None) -> float:
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        started = time.perf_counter()
        cursor.execute(statement, parameters)
        seconds = time.perf_counter() - started
        transaction.set_rollback(True)
    return seconds


CREATE = "INSERT INTO captured_customer (name, email)"

if __name__ == "__main__":
    main()
