"""What declarations stand for: abstract bases, parents, proxies and registrations included."""

from contextlib import contextmanager
from types import SimpleNamespace

import pgtrigger
import pytest
from django.db import models
from django.test.utils import isolate_apps

from trigger_audit import Audit, declaration, register
from trigger_audit.declaration import as_audit, audited, audited_fields, audited_many_to_many


@pytest.fixture(autouse=True)
def registrations(monkeypatch):
    """The registrations of the test alone."""
    monkeypatch.setattr(declaration, "registrations", [])
    return declaration.registrations


@contextmanager
def shelf():
    """A registry of models apart."""
    with isolate_apps("tests.example", "django.contrib.auth") as apps:

        class Tag(models.Model):
            class Meta:
                app_label = "library"

        class Titled(models.Model):
            title = models.TextField()
            tags = models.ManyToManyField(Tag)

            class Meta:
                app_label = "library"
                abstract = True
                audit = ["title", "tags"]

        yield SimpleNamespace(apps=apps, Tag=Tag, Titled=Titled)


def make(name, base, **meta):
    options = type("Meta", (), {"app_label": "library", **meta})
    attributes = {"Meta": options, "__module__": "x"}
    if not meta.get("proxy"):
        attributes["pages"] = models.IntegerField()
    return type(name, (base,), attributes)


def names(model, value):
    audit = as_audit(value)
    fields = (*audited_fields(model, audit), *audited_many_to_many(model, audit))
    return [field.name for field in fields]


def declared(of):
    return {
        model._meta.label: (each.audit, each.app_label, each.source)
        for model, each in audited(of.apps).items()
    }


@pytest.mark.parametrize(
    "value", [["title"], ("title",), {"title"}, frozenset(["title"]), Audit(["title"])]
)
def test_names_in_any_collection(value):
    assert as_audit(value) == Audit(["title"])
    with shelf() as of:
        assert names(make("Book", of.Titled), value) == ["title"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("__all__", ["id", "title", "pages", "tags"]),
        (Audit(), ["id", "title", "pages", "tags"]),
        (["tags", "pk"], ["id", "tags"]),
        (Audit(exclude=["tags", "pages"]), ["id", "title"]),
        (Audit(["title", "pages"], exclude={"pages"}), ["title"]),
        (["nothing"], []),
        ([], []),
    ],
)
def test_fields(value, expected):
    with shelf() as of:
        assert names(make("Book", of.Titled), value) == expected


def test_attnames_stand_for_their_fields():
    with shelf() as of:

        class Page(models.Model):
            tag = models.ForeignKey(of.Tag, models.CASCADE)

            class Meta:
                app_label = "library"

        assert names(Page, ["tag_id"]) == ["tag"]
        assert names(Page, Audit(exclude=["tag_id"])) == ["id"]
        assert declaration.redacted_names(Page, Audit(redact=["tag_id"])) == {"tag"}


def test_virtual_columns_are_no_columns_to_a_trigger():
    generated = {"expression": models.F("number"), "output_field": models.IntegerField()}
    with shelf() as of:

        class Page(models.Model):
            number = models.IntegerField()
            stored = models.GeneratedField(**generated, db_persist=True)
            virtual = models.GeneratedField(**generated, db_persist=False)

            class Meta:
                app_label = "library"
                audit = "__all__"

        assert names(Page, "__all__") == ["id", "number", "stored"]
        assert declared(of) == {"library.Page": (Audit(), "library", "Meta.audit")}


def test_abstract_base_inherited_overridden_and_switched_off():
    with shelf() as of:

        class Inherits(of.Titled):
            pass

        make("Overrides", of.Titled, audit="__all__")
        make("SwitchesOff", of.Titled, audit=None)
        make("SaysNothing", of.Titled)
        assert declared(of) == {
            "library.Inherits": (Audit(["title", "tags"]), "library", "Meta.audit"),
            "library.Overrides": (Audit(), "library", "Meta.audit"),
        }
        assert names(Inherits, Inherits._meta.audit) == ["title", "tags"]


def test_each_table_has_its_own_columns():
    with shelf() as of:

        class Book(of.Titled):
            pass

        class Novel(Book):
            pages = models.IntegerField()

        child = make("Booklet", Book, audit="__all__")
        assert names(Book, "__all__") == ["id", "title", "tags"]
        # The Meta of the abstract base reaches it, too.
        assert names(Novel, Novel._meta.audit) == []
        assert names(child, child._meta.audit) == ["book_ptr", "pages"]


def test_proxies_stand_for_the_table_of_their_base():
    with shelf() as of:
        book = make("Book", of.Titled)
        proxy = make("Display", book, proxy=True, audit=["title"], app_label="auth")
        assert declared(of) == {"library.Book": (Audit(["title"]), "auth", "Meta.audit")}
        assert audited(of.apps)[book].declared_on is proxy


@pytest.mark.parametrize("first", [True, False])
def test_what_a_model_says_itself_goes_before_what_others_say(first, registrations):
    with shelf() as of:
        book = make("Book", of.Titled, audit=["title"])
        display = make("Display", book, proxy=True, audit="__all__", app_label="auth")
        if first:
            # Registries list the models of an app in the order of their definition.
            of.apps.get_models = lambda: [display, book]
        register("library.Book", ["tags"], app_label="auth")
        assert declared(of) == {"library.Book": (Audit(["title"]), "library", "Meta.audit")}


def test_registrations_resolve_when_they_are_used():
    register("library.book", ["title"], app_label="auth")
    with shelf() as of:
        assert declared(of) == {}
        make("Book", of.Titled)
        assert declared(of) == {"library.Book": (Audit(["title"]), "auth", "register")}


def test_registrations_by_class():
    with shelf() as of:
        register(make("Book", of.Titled), app_label="auth")
        assert declared(of) == {"library.Book": (Audit(), "auth", "register")}


@pytest.mark.parametrize("model", ["library.Nothing", "nothing", "a.b.c", "", None, 5, object])
def test_registrations_of_unknown_models_are_left_out(model):
    register(model, app_label="library")
    with shelf() as of:
        assert declared(of) == {}


def test_registrations_of_abstract_models_and_of_wrong_types_are_left_out():
    with shelf() as of:
        register(of.Titled, app_label="library")
        register(of.Tag, "title", app_label="library")
        register(of.Tag, Audit(exclude="title"), app_label="library")
        assert declared(of) == {}


def test_swapped_out_models_are_left_out(settings):
    settings.LIBRARY_USER = "library.Tag"
    with shelf() as of:
        make("User", of.Titled, swappable="LIBRARY_USER", audit="__all__")
        register("library.User", app_label="library")
        assert declared(of) == {}
        register(settings.LIBRARY_USER, app_label="library")
        assert declared(of) == {"library.Tag": (Audit(), "library", "register")}


def test_unregister_takes_back_whatever_way_it_was_named(registrations):
    with shelf() as of:
        for model in ("library.tag", of.Tag, "library.Other", None):
            register(model, app_label="library")
        declaration.unregister(of.Tag)
        assert [entry.label for entry in registrations] == ["library.Other", "None"]
        declaration.unregister("LIBRARY.other")
        assert [entry.label for entry in registrations] == ["None"]


def test_links_with_a_model_of_their_own_and_of_unmanaged_models_are_left_out():
    with shelf() as of:
        unmanaged = make("Legacy", of.Titled, managed=False)

        class Book(models.Model):
            tags = models.ManyToManyField(of.Tag, through="Tagging")

            class Meta:
                app_label = "library"

        class Tagging(models.Model):
            book = models.ForeignKey(Book, models.CASCADE)
            tag = models.ForeignKey(of.Tag, models.CASCADE)

            class Meta:
                app_label = "library"

        assert names(unmanaged, "__all__") == ["id", "title", "pages"]
        assert names(Book, "__all__") == ["id"]


def test_composite_keys_by_their_parts():
    with shelf():

        class Seat(models.Model):
            pk = models.CompositePrimaryKey("row", "number")
            row = models.IntegerField()
            number = models.IntegerField()

            class Meta:
                app_label = "library"

        assert names(Seat, "__all__") == ["row", "number"]
        assert names(Seat, ["pk"]) == ["row", "number"]


def test_audits_compare_by_what_they_mean():
    condition = pgtrigger.Q(new__title="x")
    one = Audit(["a", "b"], exclude=("c",), condition=condition)
    assert one == Audit(("b", "a"), exclude=["c"], condition=condition)
    assert one != Audit(["a", "b"], exclude=["c"])
    assert one != Audit(["a", "b"], exclude=["c"], condition=condition, level="row")
    assert one != ["a", "b"]
    assert repr(Audit(["a"], redact=["b"])) == (
        "Audit(fields=['a'], exclude=(), redact=['b'], images='full', condition=None,"
        " level='statement')"
    )
