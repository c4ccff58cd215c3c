"""Each model is audited once, from where it can be."""

import pytest
from django.db import models

from tests.checks.library import Failing, book, found, ids, library
from trigger_audit import register
from trigger_audit.checks.registry import check_declarations, mistakes

pytestmark = pytest.mark.usefixtures("registrations")


def test_e014_the_audit_table():
    register("trigger_audit.AuditEvent", app_label="library")
    [message] = check_declarations()
    assert message.id == "trigger_audit.E014"
    assert message.msg.startswith("The model trigger_audit.AuditEvent is the audit table")


def test_e014_another_model_of_the_audit_table():
    with library() as of:

        class Mirror(models.Model):
            class Meta:
                app_label = "library"
                db_table = '"trigger_audit_event"'
                managed = False
                audit = "__all__"

        [(id_, message, _)] = found(of.apps)
    assert id_ == "trigger_audit.E014"
    assert message.startswith("The model library.Mirror is the audit table")


def test_e016_registered_twice():
    with library() as of:
        register("library.tag", app_label="library")
        register(of.Tag, app_label="auth")
        [(id_, message, _)] = found(of.apps)
    assert id_ == "trigger_audit.E016"
    assert message == (
        "The model library.Tag is audited twice: by register in 'library' and by register"
        " in 'auth'."
    )


def test_e016_registered_and_in_meta():
    with library() as of:
        book(of, "__all__")
        register("library.Book", app_label="library")
        assert ids(of.apps) == ["trigger_audit.E016"]


def test_e016_switched_off_in_meta_may_be_registered():
    with library() as of:
        book(of, None)
        register("library.Book", app_label="library")
        assert ids(of.apps) == []


@pytest.mark.parametrize(
    ("base", "other", "expected"),
    [
        ("__all__", ["title"], ["trigger_audit.E017"]),
        (["isbn", "title"], ("title", "isbn"), []),
        (None, ["title"], []),
        (["title"], None, []),
    ],
)
def test_e017_audits_of_a_proxy_and_of_its_base_differ(base, other, expected):
    with library() as of:
        base_model = book(of, base)

        class Display(base_model):
            class Meta:
                app_label = "library"
                proxy = True
                audit = other

        messages = list(mistakes(of.apps))
    assert [message.id for message in messages] == expected
    assert all(message.msg.startswith("library.Display and library.Book") for message in messages)


def test_e017_two_proxies():
    with library() as of:
        base_model = book(of, None)
        for name, audit in {"One": ["title"], "Two": ["isbn"]}.items():
            meta = type("Meta", (), {"app_label": "library", "proxy": True, "audit": audit})
            type(name, (base_model,), {"Meta": meta, "__module__": "x"})
        [(id_, message, hint)] = found(of.apps)
    assert id_ == "trigger_audit.E017"
    assert message.startswith("library.Two and library.One are models of one table")
    assert hint.startswith("Declare the audit on library.One alone")


@pytest.mark.parametrize(
    "app_label", ["librery", "tests.example", "", None, 5, ["library"], Failing()]
)
def test_e018_app_label_that_is_no_app(app_label):
    with library() as of:
        register("library.Tag", app_label=app_label)
        [(id_, message, hint)] = found(of.apps)
    assert id_ == "trigger_audit.E018"
    assert message.startswith("The audit of library.Tag is registered for ")
    assert hint.startswith(("Did you mean 'library'?", "Name, as app_label"))


@pytest.mark.parametrize(
    ("model", "hint"),
    [
        ("library.Tga", "Did you mean library.Tag"),
        ("Tag", 'Name it "app_label.ModelName".'),
        ("a.b.c", 'Name it "app_label.ModelName".'),
        (None, 'Name it "app_label.ModelName".'),
        (5, 'Name it "app_label.ModelName".'),
        (Failing(), 'Name it "app_label.ModelName".'),
        (models.Model, 'Name it "app_label.ModelName".'),
    ],
)
def test_e019_unknown_model(model, hint):
    with library() as of:
        register(model, app_label="library")
        [mistake] = found(of.apps)
    assert mistake[0] == "trigger_audit.E019"
    assert mistake[2].startswith(hint)


def test_e020_swapped_out_model(settings):
    settings.LIBRARY_TAG_MODEL = "library.Person"
    with library() as of:

        class Label(models.Model):
            class Meta:
                app_label = "library"
                swappable = "LIBRARY_TAG_MODEL"
                audit = ["nothing"]

        register("library.Label", app_label="library")
        assert found(of.apps) == [
            (
                "trigger_audit.E020",
                "The model library.Label is registered, and library.Person is used in its place.",
                'Register "library.Person".',
            )
        ]


def test_e021_abstract_model():
    with library() as of:

        class Base(models.Model):
            class Meta:
                app_label = "library"
                abstract = True

        register(Base, app_label="library")
        [(id_, message, _)] = found(of.apps)
    assert id_ == "trigger_audit.E021"
    assert message.startswith("The model library.Base is registered, and it is abstract")
