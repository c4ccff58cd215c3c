"""How the operations reduce with others, as squashing and the autodetector have them do."""

import pytest
from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.migrations.optimizer import MigrationOptimizer

from trigger_audit.operations import AddAudit, AlterAudit, RemoveAudit
from trigger_audit.sql import SQL

TITLE = SQL('SELECT NEW."title"')
PRICE = SQL('SELECT NEW."price"')
FIELD = models.IntegerField()


def optimized(*operations: Operation) -> list[tuple[str, dict[str, object]]]:
    """Names and arguments of what is left of the operations of the app ``library``."""
    left = MigrationOptimizer().optimize(list(operations), "library")
    return [(type(operation).__name__, operation.deconstruct()[2]) for operation in left]


def book(name: str = "book") -> migrations.CreateModel:
    return migrations.CreateModel(name, [("id", models.BigAutoField(primary_key=True))])


def test_a_plain_model_that_is_renamed_is_created_by_its_last_name() -> None:
    left = optimized(book(), AddAudit("book", TITLE), migrations.RenameModel("book", "novel"))
    assert [name for name, _ in left] == ["CreateModel", "AddAudit"]
    assert left[0][1]["name"] == "novel"
    assert left[1][1] == {"model_name": "novel", "sql": TITLE}


def test_a_model_with_links_waits_for_its_renaming() -> None:
    operations = AddAudit("book", TITLE, {"tags": PRICE}), migrations.RenameModel("book", "novel")
    assert [name for name, _ in optimized(*operations)] == ["AddAudit", "RenameModel"]


def test_a_removal_waits_for_the_renaming_of_its_model() -> None:
    left = optimized(RemoveAudit("book"), migrations.RenameModel("book", "novel"))
    assert left[1] == ("RemoveAudit", {"model_name": "novel"})


@pytest.mark.parametrize(
    "operations",
    [
        (AlterAudit("book", TITLE), AddAudit("book", PRICE)),
        (RemoveAudit("book"), AlterAudit("book", PRICE)),
        (RemoveAudit("book"), RemoveAudit("book")),
    ],
    ids=lambda operations: " ".join(type(operation).__name__ for operation in operations),
)
def test_what_cannot_follow_is_left_alone(operations: tuple[Operation, ...]) -> None:
    assert len(optimized(*operations)) == 2


def test_audits_of_other_models_are_no_obstacle() -> None:
    left = optimized(AddAudit("book", TITLE), AddAudit("loan", TITLE), AlterAudit("book", PRICE))
    assert left == [
        ("AddAudit", {"model_name": "loan", "sql": TITLE}),
        ("AddAudit", {"model_name": "book", "sql": PRICE}),
    ]


def test_a_field_that_the_audit_needs_is_not_moved_across_it() -> None:
    add, remove = (
        migrations.AddField("book", "price", FIELD),
        migrations.RemoveField("book", "price"),
    )
    assert [name for name, _ in optimized(add, AddAudit("book", PRICE), remove)] == [
        "AddField",
        "AddAudit",
        "RemoveField",
    ]
    assert [name for name, _ in optimized(add, AddAudit("book", TITLE), remove)] == ["AddAudit"]


def test_a_deleted_model_needs_no_audit() -> None:
    assert optimized(book(), AddAudit("book", TITLE), migrations.DeleteModel("book")) == []


@pytest.mark.parametrize(
    ("operation", "described", "fragment"),
    [
        (AddAudit("book"), "Audit model book", "audit_book"),
        (AlterAudit("auth.User"), "Alter audit of model auth.User", "alter_audit_auth_user"),
        (RemoveAudit("book"), "Remove audit of model book", "remove_audit_book"),
    ],
    ids=["add", "alter", "remove"],
)
def test_they_tell_what_they_do(operation: Operation, described: str, fragment: str) -> None:
    assert operation.describe() == described
    assert operation.migration_name_fragment == fragment
