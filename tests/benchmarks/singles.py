"""Works of one row in a statement; each function is a cycle on a stage that starts empty."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.benchmarks.stage import Stage, ask, connect

WARM_UP = 40
CLIENTS = 8


def single(stage: Stage) -> None:
    """Transactions of one statement, which writes one row."""
    stage.fill(WARM_UP + stage.rows)
    for work, statement in statements(stage).items():
        send(stage.session, written(stage, statement, WARM_UP, 1))
        timed = written(stage, statement, stage.rows, WARM_UP + 1)
        stage.measure(f"single {work}", lambda timed=timed: send(stage.session, timed))


def transaction(stage: Stage) -> None:
    """One transaction of many such updates."""
    stage.fill()
    update, prefix = statements(stage)["update"], stage.telling.fresh()
    send(stage.session, written(stage, update, min(WARM_UP, stage.rows), 1))
    texts = [prefix + with_key(update, key) for key in range(1, stage.rows + 1)]
    work = "updates in one transaction"
    stage.measure(work, lambda: send(stage.session, [b"BEGIN", *texts, b"COMMIT"]))


def clients(stage: Stage) -> None:
    """Transactions of one update, by eight clients at once, each on rows of its own."""
    stage.fill(CLIENTS * WARM_UP + stage.rows)
    sessions = [connect() for _ in range(CLIENTS)]
    each = stage.rows // CLIENTS
    timed = [warmed(stage, session, index, each) for index, session in enumerate(sessions)]
    pids = tuple(session.info.backend_pid for session in sessions)
    with ThreadPoolExecutor(CLIENTS) as pool:
        stage.measure("updates by eight clients", lambda: [*pool.map(send, sessions, timed)], pids)
    for session in sessions:
        session.close()


def warmed(stage: Stage, session: Any, index: int, count: int) -> list[bytes]:
    """The statements of a client that has sent some already."""
    first = index * (WARM_UP + count) + 1
    update = statements(stage)["update"]
    send(session, written(stage, update, WARM_UP, first))
    return written(stage, update, count, first + WARM_UP)


def statements(stage: Stage) -> dict[str, bytes]:
    """A statement for one row, whose key is to replace ``$1``."""
    columns = stage.columns
    literals = ", ".join(["%L"] * len(stage.table.values))
    values = ask(f"SELECT format('{literals}', {columns}) FROM {stage.source} LIMIT 1")
    return {
        "insert": f"INSERT INTO {stage.name} ({columns}) VALUES ({values})".encode(),
        "update": f"UPDATE {stage.name} SET {stage.table.changes} WHERE id = $1".encode(),
        "delete": f"DELETE FROM {stage.name} WHERE id = $1".encode(),
    }


def with_key(statement: bytes, key: int) -> bytes:
    return statement.replace(b"$1", str(key).encode())


def written(stage: Stage, statement: bytes, count: int, first: int) -> list[bytes]:
    """The statement for many keys, each told as of a request of its own."""
    return [stage.telling.fresh() + with_key(statement, key) for key in range(first, first + count)]


def send(session: Any, texts: Iterable[bytes]) -> None:
    """Send statements, one round trip each."""
    cursor = session.cursor()
    for text in texts:
        cursor.execute(text)
