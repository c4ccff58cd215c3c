"""What the README says: its queries, its declaration, its commands."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command, get_commands
from django.db import connection
from django.test.utils import isolate_apps

import trigger_audit
from tests.example.models import Book, Loan
from trigger_audit import declaration

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def query(sql: str) -> list[dict[str, object]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@pytest.fixture
def history(db: None) -> Book:
    """Book 1: made for 5.00, sold for 7.50, deleted with a loan; another one stays."""
    with connection.cursor() as cursor:
        cursor.execute('SET LOCAL trigger_audit.context = \'{"user": "ann"}\'')
    book = Book.objects.create(pk=1, title="Emma", price="5.00")
    Book.objects.create(pk=2, title="Dune", price="9.90")
    Loan.objects.create(pk=1, book=book, card_number="42")
    Book.objects.filter(pk=1).update(price="7.50")
    Book.objects.filter(pk=1).update(title="Emma II")
    book.delete()
    return book


def test_who_changed_this_row(history: Book) -> None:
    rows = query(blocks("sql")[0])
    assert [(row["op"], row["who"], row["db_user"]) for row in rows] == [
        (op, "ann", connection.settings_dict["USER"])
        for op in ("INSERT", "UPDATE", "UPDATE", "DELETE")
    ]


def test_the_history_of_a_price(history: Book) -> None:
    rows = query(blocks("sql")[1])
    assert [(row["old_price"], row["new_price"]) for row in rows] == [
        (None, "5.00"),
        ("5.00", "7.50"),
        ("7.50", None),
    ]


def test_what_happened_in_a_transaction(history: Book) -> None:
    rows = query(blocks("sql")[2])
    assert [(row["op"], row["table_name"], row["object_id"]) for row in rows] == [
        ("INSERT", "library_book", "1"),
        ("INSERT", "library_book", "2"),
        ("INSERT", "library_loan", "1"),
        ("UPDATE", "library_book", "1"),
        ("UPDATE", "library_book", "1"),
        ("DELETE", "library_loan", "1"),
        ("DELETE", "library_book", "1"),
    ]


def test_what_a_user_did_since_yesterday(history: Book) -> None:
    with connection.cursor() as cursor:
        cursor.execute('SET LOCAL trigger_audit.context = \'{"user": "bob"}\'')
    Book.objects.filter(pk=2).update(price="8.00")
    rows = query(blocks("sql")[3])
    assert [(row["op"], row["table_name"], row["object_id"]) for row in rows] == [
        ("INSERT", "library_book", "1"),
        ("INSERT", "library_book", "2"),
        ("INSERT", "library_loan", "1"),
        ("UPDATE", "library_book", "1"),
        ("UPDATE", "library_book", "1"),
        ("DELETE", "library_loan", "1"),
        ("DELETE", "library_book", "1"),
    ]


def test_rows_deleted_of_late(history: Book) -> None:
    rows = query(blocks("sql")[4])
    assert [(row["object_id"], row["title"]) for row in rows] == [("1", "Emma II")]


def test_the_table_as_it_was(history: Book) -> None:
    (sold,) = query(
        "SELECT at::text FROM trigger_audit_event WHERE new->>'title' = 'Emma' AND op = 'UPDATE'"
    )
    rows = query(blocks("sql")[5].replace("2026-11-01 12:00+00", str(sold["at"])))
    assert [(row["id"], row["title"], str(row["price"])) for row in rows] == [
        (1, "Emma", "7.50"),
        (2, "Dune", "9.90"),
    ]


def test_removing_events_on_purpose_leaves_a_trace(history: Book) -> None:
    statements = blocks("sql")[6].strip().removeprefix("BEGIN;").removesuffix("COMMIT;")
    with connection.cursor() as cursor:
        cursor.execute(statements)
    rows = query("SELECT op, table_name, context FROM trigger_audit_event ORDER BY id")
    assert {"op": "INSERT", "table_name": "library_loan", "context": '{"user": "ann"}'} not in rows
    assert rows[-1] == {
        "op": "DELETE",
        "table_name": "trigger_audit_event",
        "context": '{"user": "ann", "reason": "erasure request 42"}',
    }


def test_every_query_of_the_readme_has_a_test() -> None:
    assert len(blocks("sql")) == 7


@pytest.fixture
def registrations() -> Iterator[None]:
    before = list(declaration.registrations)
    yield
    declaration.registrations[:] = before


def test_the_declaration(registrations: None) -> None:
    code = blocks("python")[0]
    assert "class Book" in code
    with isolate_apps("tests.example"):
        namespace: dict[str, object] = {"__name__": "tests.example.models"}
        exec("from django.db import models\nclass Tag(models.Model): pass\n" + code, namespace)  # noqa: S102
        declared = namespace["Book"]._meta.audit  # type: ignore[attr-defined]
    assert declared == trigger_audit.Audit(exclude=["notes"], redact=["isbn"], images="changes")
    assert declaration.registrations[-1].audit == trigger_audit.Audit(exclude=["password"])


def test_the_migration_is_as_shown() -> None:
    migration = (ROOT / "tests/example/migrations/0001_initial.py").read_text(encoding="utf-8")
    shown = [line.strip() for line in blocks("python")[1].splitlines()]
    lines = iter(line.strip() for line in migration.splitlines())
    for expected in filter(lambda line: line != "…", shown):
        assert expected in lines, f"not in the migration, in this order: {expected}"


@pytest.mark.parametrize("verb", sorted(set(re.findall(r"(?:`|\$ )make ([a-z-]+)", README))))
def test_the_verbs_exist(verb: str) -> None:
    subprocess.run(["make", "--dry-run", verb], cwd=ROOT, check=True, capture_output=True)


@pytest.mark.parametrize("command", sorted(set(re.findall(r"manage\.py (\w+)", README))))
def test_the_commands_exist(command: str) -> None:
    assert command in get_commands()


@pytest.mark.django_db(databases=["default", "other"])
def test_the_commands_run() -> None:
    call_command("check")
    call_command("audit", "status")
    call_command("audit", "partition")


def test_the_demo_shows_whole_rows_and_runs_again_and_again() -> None:
    for _ in range(2):
        printed = subprocess.run(
            [sys.executable, "-m", "tests.demo"],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        assert 'audit = "__all__"' in printed
        assert "AddAudit" in printed
        assert "  2  Emma II  10.00\n  3  Ulysses  16.00\n  4  Middlemarch  7.50\n" in printed
        rows = [line.split() for line in printed[printed.index("----") :].splitlines()[1:]]
        assert [[row[0], *row[2:]] for row in rows] == [
            ["1", "INSERT", "library_publisher", "1"],
            ["2", "INSERT", "library_book", "1", "9.90", "Dune"],
            ["3", "INSERT", "library_book", "2", "5.00", "Emma"],
            ["4", "INSERT", "library_book", "3", "8.00", "Ulysses"],
            ["5", "UPDATE", "library_book", "1", "9.90", "19.80", "Dune"],
            ["6", "UPDATE", "library_book", "2", "5.00", "10.00", "Emma"],
            ["7", "UPDATE", "library_book", "3", "8.00", "16.00", "Ulysses"],
            ["8", "UPDATE", "library_book", "2", "10.00", "10.00", "Emma", "II"],
            ["9", "INSERT", "library_book", "4", "7.50", "Middlemarch"],
            ["10", "DELETE", "library_publisher", "1"],
            ["11", "DELETE", "library_book", "1", "19.80", "Dune"],
        ]
