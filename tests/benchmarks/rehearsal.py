"""Has every contestant do all of its works on few rows, and shows what each recorded.

``python -m tests.benchmarks.rehearsal FOLDER``: the reports go to FOLDER, their times mean nothing;
what was recorded is printed as JSON.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.benchmarks import project

ROWS = 3
HISTORY = "SELECT to_jsonb(kept) FROM {table} AS kept"
TOLD_TO_US = "SELECT context FROM {table} WHERE op IN ('INSERT', 'UPDATE', 'DELETE')"
TOLD_TO_PGHISTORY = """
    SELECT metadata
    FROM {table} AS event
    LEFT JOIN pghistory_context AS context ON context.id = event.pgh_context_id
"""


def main() -> None:
    with project.database():
        from tests.benchmarks import cycles, files, rounds
        from tests.benchmarks.figures import Figures

        planned = cycles.least()
        project.execute(project.sources(cycles.rows_needed(planned)))
        files.write(Path(sys.argv[1]), Figures(rounds.run(planned)), {}, is_full=False)
        seen = {"histories": histories(), "contexts": contexts(), "silenced": silenced()}
        json.dump(seen, sys.stdout)


def histories() -> dict[str, list[Any]]:
    """What each contestant's table has of rows that were inserted, updated and deleted."""
    from tests.benchmarks.peers.kinds import KINDS

    return {kind.name: written(kind.name, HISTORY) for kind in KINDS.values() if kind.history}


def contexts() -> dict[str, list[Any]]:
    """What each event says of who and why."""
    from tests.benchmarks.telling import CONTEXTS

    queries = dict.fromkeys(("full", "changes"), TOLD_TO_US)
    return {
        kind: written(kind, queries.get(kind, TOLD_TO_PGHISTORY), has_context=True)
        for kind in CONTEXTS
    }


def written(kind: str, query: str, has_context: bool = False) -> list[Any]:
    """What a query finds after inserts, updates and deletes."""
    from tests.benchmarks import orm, works
    from tests.benchmarks.stage import ask

    with staged(kind, has_context) as stage:
        (works.bulk if stage.kind.sees_statements else orm.orm)(stage)
        filled = query.format(table=stage.tables[0])
        return json.loads(ask(f"SELECT jsonb_agg(found) FROM ({filled}) AS found (found)"))


def silenced() -> dict[str, str]:
    """What is said of contestants whose triggers somebody disabled."""
    from tests.benchmarks import cycles, works
    from tests.benchmarks.stage import MissedWrite, execute

    said = {}
    for kind in cycles.TRIGGERS:
        with staged(kind) as stage:
            execute(f"ALTER TABLE {stage.name} DISABLE TRIGGER USER")
            try:
                works.bulk(stage)
            except MissedWrite as error:
                said[kind] = str(error)
    return said


@contextmanager
def staged(kind: str, has_context: bool = False) -> Iterator[Any]:
    from tests.benchmarks.peers.tables import TABLES
    from tests.benchmarks.stage import Stage

    stage = Stage(TABLES["eleven"], kind, ROWS, has_context)
    stage.empty()
    yield stage
    stage.close()


if __name__ == "__main__":
    main()
