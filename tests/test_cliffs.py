"""The benchmark of cliffs measures writes that are recorded, and says what exceeds its bound."""

import pytest

from tests.benchmarks.cliffs.case import Case, interleaved, report
from tests.benchmarks.cliffs.tables import COLUMNS, Table, session
from trigger_audit import Audit

LEFT = """
    SELECT op, object_id, old->'stock', new->'stock',
        (SELECT count(*) FROM jsonb_object_keys(coalesce(new, old))), new->>'status'
    FROM trigger_audit_event
    WHERE table_name = 'cliffs_measured' ORDER BY id
"""


def write(table):
    with session() as connection:
        for statement in (table.insert(2), table.update(2), table.update(1, 2), table.delete(1)):
            connection.execute(statement)
        return connection.execute(LEFT).fetchall()


@pytest.mark.parametrize("foreign_keys", [False, True])
@pytest.mark.django_db(transaction=True)
def test_what_is_measured_is_recorded(foreign_keys):
    columns = 1 + len(COLUMNS.split(",")) + 2 * foreign_keys
    table = Table("measured", Audit(), foreign_keys=foreign_keys)
    events = write(table)
    table.drop()
    assert events == [
        ("INSERT", "1", None, 1, columns, "draft"),
        ("INSERT", "2", None, 2, columns, "draft"),
        ("UPDATE", "1", 1, 2, columns, "sold"),
        ("UPDATE", "2", 2, 3, columns, "sold"),
        ("UPDATE", "2", 3, 4, columns, "sold"),
        ("DELETE", "1", 2, None, columns, None),
    ]


@pytest.mark.django_db(transaction=True)
def test_what_it_is_compared_with_is_not():
    table = Table("measured")
    events = write(table)
    table.drop()
    assert events == []


def test_what_exceeds_its_bound_is_said():
    cases = [
        Case("one", 1.3, 1.3, ["good 1 ms", "bad 2 ms"]),
        Case("two", 1.31, 1.3),
        Case("unknown", float("nan"), 1.3),
        Case("three", 5, 10, ["Sort\n  Index Scan"], " ms"),
    ]
    assert report(cases).splitlines() == [
        "| case | measured | bound | | |",
        "| --- | ---: | ---: | --- | --- |",
        "| one | 1.30 | 1.3 | kept | good 1 ms; bad 2 ms |",
        "| two | 1.31 | 1.3 | **exceeded** |  |",
        "| unknown | nan | 1.3 | **exceeded** |  |",
        "| three | 5.00 ms | 10 ms | kept |  |",
        "",
        "three:",
        "",
        "```",
        "Sort",
        "  Index Scan",
        "```",
    ]


def test_measures_take_turns_and_warm_up():
    turns = []

    def measure(name):
        turns.append(name)
        return len(turns)

    assert interleaved(2, one=lambda: measure(1), two=lambda: measure(2)) == {
        "one": [3, 5],
        "two": [4, 6],
    }
    assert turns == [1, 2] * 3
