"""Works of many rows in a statement; each function is a cycle on a stage that starts empty."""

import io
from collections.abc import Callable
from functools import cache

from tests.benchmarks.stage import Stage, connect

Work = Callable[[Stage], None]


def bulk(stage: Stage) -> None:
    """Insert, update, delete, each by one statement."""
    # What a session does once, such as compiling functions, is not to be spread over few rows.
    for statement in statements(stage, rows=1).values():
        stage.cursor.execute(statement)
    stage.empty()
    for work, statement in statements(stage, stage.rows).items():
        text = stage.telling.fresh() + statement
        stage.measure(f"bulk {work}", lambda text=text: stage.cursor.execute(text))


def statements(stage: Stage, rows: int) -> dict[str, bytes]:
    name = stage.name.encode()
    return {
        "insert": stage.insert(rows),
        "update": b"UPDATE " + name + b" SET " + stage.table.changes.encode(),
        "delete": b"DELETE FROM " + name,
    }


def copy(stage: Stage) -> None:
    """COPY as many rows."""
    statement = f"COPY {stage.name} ({stage.columns}) FROM STDIN"
    rows = io.StringIO(copied(f"SELECT {stage.columns} FROM {stage.source} LIMIT {stage.rows}"))
    stage.measure("COPY", lambda: stage.cursor.copy_expert(statement, rows))


@cache
def copied(query: str) -> str:
    session, rows = connect(), io.StringIO()
    session.cursor().copy_expert(f"COPY ({query}) TO STDOUT", rows)
    session.close()
    return rows.getvalue()
