"""What the contestants do: each function is a cycle of works on a stage that starts empty."""

from collections.abc import Callable

from tests.benchmarks.stage import Stage, ask

Work = Callable[[Stage], None]
WARM_UP = 40
SINGLE = 300
STATEMENTS = 1000


def bulk(stage: Stage) -> None:
    """Insert, update, delete, each by one statement."""
    tell = stage.telling.fresh
    name = stage.name.encode()
    update = b"UPDATE " + name + b" SET " + stage.table.changes.encode()
    stage.measure("bulk insert", lambda: stage.run([tell() + stage.insert()]))
    stage.measure("bulk update", lambda: stage.run([tell() + update]))
    stage.measure("bulk delete", lambda: stage.run([tell() + b"DELETE FROM " + name]))


def single(stage: Stage) -> None:
    """Transactions of one statement, which writes one row."""
    stage.fill(2 * (WARM_UP + SINGLE))
    for work, statement in statements(stage).items():
        warm_up, timed = (
            written(stage, statement, WARM_UP, 1),
            written(stage, statement, SINGLE, WARM_UP + 1),
        )
        stage.run(warm_up)
        stage.measure(f"single {work}", lambda timed=timed: stage.run(timed), SINGLE)


def transaction(stage: Stage) -> None:
    """A transaction of a thousand updates."""
    stage.fill(STATEMENTS)
    update = statements(stage)["update"]
    prefix = stage.telling.fresh()
    stage.run(written(stage, update, WARM_UP, 1))
    texts = [
        prefix + update.replace(b"$1", str(number + 1).encode()) for number in range(STATEMENTS)
    ]
    stage.measure(
        "1,000 in a transaction", lambda: stage.run([b"BEGIN", *texts, b"COMMIT"]), STATEMENTS
    )


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


def written(stage: Stage, statement: bytes, count: int, first: int) -> list[bytes]:
    """The statement for many keys, each told as of a request of its own."""
    return [
        stage.telling.fresh() + statement.replace(b"$1", str(number).encode())
        for number in range(first, first + count)
    ]
