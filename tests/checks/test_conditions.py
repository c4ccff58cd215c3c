"""Conditions are of the right type, and can be resolved and rendered."""

import pgtrigger
import pytest
from django.db import models

from tests.checks.library import book, ids, library, mistakes_of
from trigger_audit import Audit

pytestmark = pytest.mark.usefixtures("registrations")


@pytest.mark.parametrize("condition", ["title = 'x'", models.Q(new__title="x"), 5, pgtrigger.Q])
def test_e011_condition_of_a_wrong_type(condition):
    [(id_, message, hint)] = mistakes_of(Audit(condition=condition))
    assert id_ == "trigger_audit.E011"
    assert message.startswith("The condition of the audit of library.Book is a ")
    assert "pgtrigger.Q(" in hint


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        (pgtrigger.Q(new__nothing=1), "cannot be resolved: Cannot resolve keyword 'nothing'"),
        (pgtrigger.Q(title="x"), "cannot be resolved: Filter expression"),
        (pgtrigger.Q(new__title__nothing=1), "cannot be resolved: Unsupported lookup"),
        (pgtrigger.Q(new__title__length=1), "cannot be resolved: "),
        (pgtrigger.Q(new__title=pgtrigger.F("old__nothing")), "cannot be resolved: Book has no"),
        (pgtrigger.AnyChange("nothing"), "cannot be resolved: Book has no field named 'nothing'"),
        (pgtrigger.AnyChange(), "compares whole rows, and title_length has no equality"),
        (pgtrigger.Q(), "cannot be resolved: FullResultSet"),
        (pgtrigger.Q(new__title__in=[]), "cannot be resolved: EmptyResultSet"),
        (pgtrigger.Q(new__author__name="x"), "follows a relation to another table"),
        (pgtrigger.Q(new__tags__name="x"), "follows a relation to another table"),
        (~pgtrigger.Q(new__author__name="x"), "follows a relation to another table"),
        (pgtrigger.Condition('NEW."nothing" > 1'), "needs nothing, not columns of the table"),
        (pgtrigger.Condition("old.Nothing > 1"), "needs nothing, not columns of the table"),
        (pgtrigger.Condition("NEW.title_length > 1"), "needs title_length, not columns"),
    ],
)
def test_e012_condition_that_cannot_be_resolved(condition, why):
    [(id_, message, hint)] = mistakes_of(Audit(condition=condition))
    assert id_ == "trigger_audit.E012"
    assert message.startswith(f"The condition of the audit of library.Book {why}")
    assert hint.startswith("Name, after old__ or new__, fields")


@pytest.mark.parametrize(
    "condition",
    [pgtrigger.Q(new__title="x"), pgtrigger.Q(new__pages=pgtrigger.F("old__title"))],
)
def test_e012_condition_on_a_column_of_a_concrete_parent(condition):
    with library() as of:
        parent_model = book(of, None)

        class Novel(parent_model):
            pages = models.TextField()

            class Meta:
                app_label = "library"
                audit = Audit(condition=condition)

        assert ids(of.apps) == ["trigger_audit.E012"]


@pytest.mark.parametrize(
    "condition",
    [pgtrigger.Q(new__title="a $body$ b"), pgtrigger.Condition("NEW.title = $body$x$body$")],
)
def test_e013_condition_that_ends_the_function(condition):
    [(id_, message, _)] = mistakes_of(Audit(condition=condition))
    assert id_ == "trigger_audit.E013"
    assert "library.Book contains $body$" in message
