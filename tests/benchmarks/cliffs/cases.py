"""What is measured, by name."""

from collections.abc import Callable

from tests.benchmarks.cliffs import long_table, memory, past, sessions, statements, writers
from tests.benchmarks.cliffs.case import Case

CASES: dict[str, Callable[[bool], list[Case]]] = {
    "bulk after singles": sessions.bulk_after_singles,
    "singles after bulk": sessions.singles_after_bulk,
    "a long transaction": sessions.long_transaction,
    "savepoints": sessions.savepoints,
    "rows in a statement": statements.rows_in_a_statement,
    "a long statement": statements.long_statement,
    "memory": memory.one_large_update,
    "eight writers": writers.eight_writers,
    "a long history": long_table.long_history,
    "reading the past": past.reading_the_past,
}
"""The argument says whether in full."""
