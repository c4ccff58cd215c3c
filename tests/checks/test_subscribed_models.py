"""Each mistake in the models and fields of a subscription has its id and its remedy."""

import pytest
from django.db import connections

from tests.awkward.models import Car, Composite, Conditional, Grandchild, Linked, Proxy, Silent
from tests.captured.models import ExpressParcel, Parcel, Patient, Product, Unaudited
from tests.checks.mistakes import found, mistake, no_other_subscriptions  # noqa: F401
from tests.example.models import Book, Publisher, Tag
from trigger_audit import subscription


@pytest.mark.parametrize(
    "models",
    [
        (Book,),
        ("library.book", "library.Publisher", Book.tags.through),
        ("library.Book_tags",),
        ("auth.User",),
        (Proxy,),
        (Silent,),
        (Car,),
        (ExpressParcel, Parcel),
        (Linked.others.through,),
    ],
)
def test_models_that_are_right(models):
    assert found(*models) == []


def test_redacted_fields_tell_that_they_changed():
    assert found(Patient, fields=["ailment"]) == []
    assert found(Product, fields=["price"], name="changes") == []
    assert found(Composite, fields=["pk"], name="composite") == []


def test_e042_no_model():
    assert mistake() == (
        "E042",
        "names no model.",
        "Name audited models first: subscribe(Book, ...).",
    )


@pytest.mark.parametrize(
    ("named", "shown", "hint"),
    [
        ("library.Boook", "'library.Boook'", "Did you mean library.Book or "),
        ("Nothing at all", "'Nothing at all'", 'Name it "app_label.ModelName".'),
        (5, "5", 'Name it "app_label.ModelName".'),
        (
            Book.tags,
            "library.Book.tags",
            "Its links are rows of a table of their own: name library.Book_tags.",
        ),
        (Grandchild.__base__.__base__, "awkward.Titled", "Name the models that inherit from it"),
    ],
)
def test_e043_no_such_model(named, shown, hint):
    id_, message, remedy = mistake(named)
    assert (id_, message) == ("E043", f"names {shown}, which is no model of an installed app.")
    assert remedy.startswith(hint)


def test_e044_not_audited():
    assert mistake(Tag) == (
        "E044",
        "names library.Tag, which is not audited: it has no events.",
        "Declare it in Meta.audit of library.Tag, or by trigger_audit.register.",
    )


def test_e044_links_that_are_not_audited_and_a_table_beside_audited_links():
    through = Unaudited._meta.apps.get_model("awkward", "Unmanaged").tags.through
    id_, message, hint = mistake(through)
    assert (id_, message[:31]) == ("E044", "names awkward.Unmanaged_tags, w")
    assert "Meta.audit of awkward.Unmanaged" in hint
    [_, (id_, message, _)] = found(Linked, name="linked")
    assert (id_, "names awkward.Linked, which is not audited" in message) == (
        "trigger_audit.E044",
        True,
    )


@pytest.mark.parametrize(
    ("models", "field", "of", "hint"),
    [
        ([Book], "titel", "library.Book", "Did you mean 'title'?"),
        ([Book, Publisher], "price", "library.Publisher", "Each model that is named must have it;"),
        ([Book], "tags", "library.Book", "Subscribe to library.Book_tags, the table of its links"),
        ([ExpressParcel], "weight", "captured.ExpressParcel", "Subscribe to captured.Parcel,"),
        ([Book], "loan", "library.Book", "Leave it out: no event tells of it."),
    ],
)
def test_e045_no_column(models, field, of, hint):
    id_, message, remedy = mistake(*models, fields=[field])
    assert id_ == "E045"
    assert message == f"names the field '{field}', which is no column of the table of {of}."
    assert remedy.startswith(hint)


@pytest.mark.parametrize("fields", ["price", [], [5], 5, ("title", None)])
def test_e046_fields(fields):
    assert mistake(Book, fields=fields) == (
        "E046",
        f"has fields={fields!r}.",
        "fields is a list of field names; leave it out for all.",
    )


def test_e047_a_field_that_is_not_audited():
    assert mistake(Patient, fields=["notes"]) == (
        "E047",
        "names the field 'notes' of captured.Patient, which is not audited: it never changes.",
        "Audit 'notes', or leave it out of fields.",
    )


def test_e053_one_table_twice():
    assert mistake(Silent, Proxy) == (
        "E053",
        "names the table of awkward.Proxy twice.",
        "Name each model once, without its proxies.",
    )


class Publishers:
    """Live in a database of their own."""

    def db_for_write(self, model, **hints):
        return "other" if model is Publisher else "default"

    def allow_migrate(self, db, app_label, model_name=None, **hints):
        return (db == "other") is (model_name == "publisher") if app_label == "library" else None


def test_e054_databases(settings):
    assert mistake(Book, using="nowhere") == (
        "E054",
        "has using='nowhere', which is no database.",
        "DATABASES has 'default', 'other'.",
    )
    subscription.subscriptions.clear()
    settings.DATABASE_ROUTERS = [Publishers()]
    assert mistake(Book, Publisher) == (
        "E054",
        "has models of several databases: library.Book in 'default', library.Publisher in 'other'.",
        "Subscribe for each database by itself, or name one in using.",
    )
    subscription.subscriptions.clear()
    assert mistake(Publisher, using="default") == (
        "E054",
        "is of 'default', where the database routers do not allow library.Publisher.",
        "Name another one in using: 'other'.",
    )
    assert found(Publisher, name="second")[1:] == []


def test_e054_not_postgresql(monkeypatch):
    monkeypatch.setattr(connections["other"], "vendor", "sqlite")
    id_, message, _ = mistake(Book, using="other")
    assert (id_, message) == ("E054", "is of 'other', which is not PostgreSQL.")


def test_w011_fields_without_updates():
    id_, message, hint = mistake(Book, fields=["title"], operations=["INSERT"])
    assert (id_, hint) == ("W011", "Leave the fields out, or add UPDATE.")
    assert "leaves UPDATE out of operations" in message


def test_w012_a_backfill_of_what_has_a_condition():
    assert found(Conditional) == []
    subscription.subscriptions.clear()
    id_, message, _ = mistake(Conditional, start="backfill")
    assert id_ == "W012"
    assert message.startswith("starts with the rows of awkward.Conditional, whose audit has a")
