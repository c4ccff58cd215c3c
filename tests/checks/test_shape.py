"""The arguments of an Audit are of the types and choices that there are."""

import pgtrigger
import pytest
from django.db import models

from tests.checks.library import GARBAGE, Failing, book, found, ids, library, mistakes_of
from trigger_audit import Audit, register

pytestmark = pytest.mark.usefixtures("registrations")


@pytest.mark.parametrize(
    "audit",
    [
        None,
        "__all__",
        [],
        ["title"],
        ("isbn", "pk", "author_id", "tags"),
        {"title", "author"},
        frozenset({"title"}),
        Audit(),
        Audit({"title"}, exclude=["author"], redact=("tags",), images="changes", level="row"),
        Audit(exclude=["title"], redact={"author_id"}),
        Audit(condition=pgtrigger.Q(new__title="x") | pgtrigger.Q(old__author__df=5)),
        Audit(condition=pgtrigger.Q(old__title__df=pgtrigger.F("new__title"))),
        Audit(condition=pgtrigger.Q(new__author__id=1)),
        Audit(condition=pgtrigger.Q(new__title="NEW.nothing and $body")),
        Audit(condition=pgtrigger.AnyChange("title")),
        Audit(condition=pgtrigger.Condition("NEW.title > OLD.\"title\" AND 'OLD.nothing' <> ''")),
    ],
)
def test_what_is_right(audit):
    assert mistakes_of(audit) == []


@pytest.mark.parametrize("audit", GARBAGE)
def test_e001_meta_audit_of_a_wrong_type(audit):
    [(id_, message, hint)] = mistakes_of(audit)
    assert (id_, message[:29]) == ("trigger_audit.E001", "The audit of library.Book is ")
    assert "__all__" in hint


def test_e001_one_field_as_a_string():
    assert mistakes_of("title") == [
        (
            "trigger_audit.E001",
            "The audit of library.Book is 'title'.",
            'Write ["title"] for one field, "__all__" for all of them.',
        )
    ]


@pytest.mark.parametrize("audit", GARBAGE)
def test_e001_registered_audit_of_a_wrong_type(audit):
    with library() as of:
        register("library.Tag", audit, app_label="library")
        assert ids(of.apps) == ["trigger_audit.E001"]


@pytest.mark.parametrize("argument", ["fields", "exclude", "redact"])
@pytest.mark.parametrize("value", [*GARBAGE, None])
def test_e002_argument_of_a_wrong_type(argument, value):
    [(id_, message, hint)] = mistakes_of(Audit(**{argument: value}))
    assert id_ == "trigger_audit.E002"
    assert message.startswith(f"The audit of library.Book has {argument}=")
    assert hint.startswith(f"{argument} is a list of field names")


def test_e002_only_fields_may_be_all():
    assert [id_ for id_, *_ in mistakes_of(Audit(exclude="__all__"))] == ["trigger_audit.E002"]


@pytest.mark.parametrize(
    ("argument", "id_", "hint"),
    [
        ("images", "trigger_audit.E003", 'images is "full" or "changes".'),
        ("level", "trigger_audit.E004", 'level is "statement" or "row".'),
    ],
)
@pytest.mark.parametrize("value", ["FULL", "", None, 1, ["full"], Failing()])
def test_e003_e004_unknown_choice(argument, id_, hint, value):
    [mistake] = mistakes_of(Audit(**{argument: value}))
    assert (mistake[0], mistake[2]) == (id_, hint)
    assert mistake[1].startswith(f"The audit of library.Book has {argument}=")


@pytest.mark.parametrize("value", ["yes", None, 1, ["title"], Failing()])
def test_e035_view_is_neither_true_nor_false(value):
    [mistake] = mistakes_of(Audit(view=value))
    assert (mistake[0], mistake[2]) == (
        "trigger_audit.E035",
        "view is True or False; the view is named after the table.",
    )
    assert mistake[1].startswith("The audit of library.Book has view=")


def test_e036_the_view_has_the_name_of_a_table():
    with library() as of:
        book(of, Audit(view=True))
        meta = type("Meta", (), {"app_label": "library", "db_table": "library_book_audit"})
        type("Report", (models.Model,), {"Meta": meta, "__module__": "x"})
        assert found(of.apps) == [
            (
                "trigger_audit.E036",
                (
                    "The events of library.Book are to have a view, and its name,"
                    " 'library_book_audit', is that of the table of library.Report."
                ),
                "Give library.Report another db_table, or take view=True away.",
            )
        ]
