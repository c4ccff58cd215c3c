"""Each mistake has its id and its remedy, and what is no mistake has neither."""

from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace

import pgtrigger
import pytest
from django.apps import apps as live_apps
from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.core import checks as django_checks
from django.core.management import CommandError, call_command
from django.db import connection, connections, models
from django.db.migrations.autodetector import MigrationAutodetector
from django.test.utils import isolate_apps
from django.utils import timezone

from tests.example.models import Book, Loan
from trigger_audit import Audit, checks, declaration, register
from trigger_audit.checks import database, placement
from trigger_audit.checks.registry import check_databases, check_declarations, mistakes
from trigger_audit.exceptions import DeclarationError, TriggerAuditError

APPS = ("tests.example", "django.contrib.contenttypes", "django.contrib.auth")


class Failing:
    """Whatever is asked of it, it fails."""

    def __repr__(self):
        raise RuntimeError

    def __eq__(self, other):
        raise RuntimeError

    def __bool__(self):
        raise RuntimeError

    __hash__ = None


GARBAGE = [5, False, "", "title", b"title", {"title": 1}, [1], ["title", None], [["title"]], Audit]
GARBAGE += [object(), Failing(), [Failing()], lambda: "__all__", type("Lazy", (str,), {})("title")]


@pytest.fixture(autouse=True)
def registrations(monkeypatch):
    """The registrations of the test alone."""
    monkeypatch.setattr(declaration, "registrations", [])
    return declaration.registrations


@contextmanager
def library():
    """A registry of models apart, with two models for others to refer to."""
    with isolate_apps(*APPS) as apps:

        class Tag(models.Model):
            name = models.TextField()

            class Meta:
                app_label = "library"

        class Person(models.Model):
            name = models.TextField()

            class Meta:
                app_label = "library"

        yield SimpleNamespace(apps=apps, Tag=Tag, Person=Person)


def book(of, audit, **attributes):
    """A model with every kind of field, audited so."""
    meta = type("Meta", (), {"app_label": "library", "audit": audit})
    fields = {
        "isbn": models.CharField(max_length=13, primary_key=True),
        "title": models.TextField(),
        "author": models.ForeignKey(of.Person, models.CASCADE, related_name="books"),
        "tags": models.ManyToManyField(of.Tag),
        "title_length": models.GeneratedField(
            expression=models.functions.Length("title"),
            output_field=models.IntegerField(),
            db_persist=False,
        ),
    }
    return type("Book", (models.Model,), {"Meta": meta, "__module__": "x", **fields, **attributes})


def found(apps):
    return [(message.id, message.msg, message.hint) for message in mistakes(apps)]


def ids(apps):
    return [message.id for message in mistakes(apps)]


def mistakes_of(audit):
    with library() as of:
        book(of, audit)
        return found(of.apps)


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


@pytest.mark.parametrize("argument", ["fields", "exclude", "redact"])
def test_e005_unknown_field(argument):
    assert mistakes_of(Audit(**{argument: ["titel"]})) == [
        (
            "trigger_audit.E005",
            (
                f"The audit of library.Book names in {argument} the field 'titel', which the"
                " model does not have."
            ),
            "Did you mean 'title'?",
        )
    ]


def test_e005_says_what_there_is_where_nothing_is_similar():
    [(_, _, hint)] = mistakes_of(["zzz"])
    assert hint == "It has 'author', 'isbn', 'tags', 'title'."


def test_e006_virtual_column():
    [(id_, message, hint)] = mistakes_of(["title_length"])
    assert id_ == "trigger_audit.E006"
    assert "library.Book names in fields the field 'title_length', which is neither" in message
    assert hint == "Leave it out of fields."


def test_e006_reverse_relation():
    with library() as of:
        book(of, None)
        register(of.Person, ["books"], app_label="library")
        [(id_, message, hint)] = found(of.apps)
    assert (id_, "'books'" in message) == ("trigger_audit.E006", True)
    assert hint == "Audit library.Book, whose table has the column, and leave the name out."


def test_e006_reverse_many_to_many():
    with library() as of:
        book(of, None)
        register(of.Tag, ["book"], app_label="library")
        [(id_, _, hint)] = found(of.apps)
    assert id_ == "trigger_audit.E006"
    assert hint == "Audit library.Book, whose table has the column, and leave the name out."


def test_e006_generic_foreign_key_and_generic_relation():
    with library() as of:

        class Note(models.Model):
            content_type = models.ForeignKey(ContentType, models.CASCADE)
            object_id = models.TextField()
            about = GenericForeignKey()

            class Meta:
                app_label = "library"
                audit = Audit(exclude=["about"])

        class Shelf(models.Model):
            notes = GenericRelation(Note)

            class Meta:
                app_label = "library"
                audit = ("notes",)

        assert [(id_, hint) for id_, _, hint in found(of.apps)] == [
            ("trigger_audit.E006", "Name 'content_type' and 'object_id', its columns, in exclude."),
            (
                "trigger_audit.E006",
                "Audit library.Note, whose table has the column, and leave the name out.",
            ),
        ]


def test_e007_field_both_excluded_and_redacted():
    [(id_, message, _)] = mistakes_of(Audit(exclude=["author"], redact=["author_id"]))
    assert id_ == "trigger_audit.E007"
    assert message == "The audit of library.Book both excludes and redacts the field 'author'."


@pytest.mark.parametrize("argument", ["exclude", "redact"])
@pytest.mark.parametrize("name", ["pk", "isbn"])
def test_e008_hidden_primary_key(argument, name):
    [(id_, message, _)] = mistakes_of(Audit(**{argument: [name]}))
    assert id_ == "trigger_audit.E008"
    assert message == "The audit of library.Book hides the primary key field 'isbn'."


def test_e008_part_of_a_composite_primary_key():
    with library() as of:

        class Seat(models.Model):
            pk = models.CompositePrimaryKey("row", "number")
            row = models.IntegerField()
            number = models.IntegerField()
            note = models.TextField()

            class Meta:
                app_label = "library"
                audit = Audit(["pk", "note"], redact=["number"])

        [(id_, message, _)] = found(of.apps)
        audited = [field.name for field in declaration.audited_fields(Seat, Seat._meta.audit)]
    assert id_ == "trigger_audit.E008"
    assert message == "The audit of library.Seat hides the primary key field 'number'."
    assert audited == ["row", "number", "note"]


@pytest.mark.parametrize(
    ("audit", "expected"),
    [
        ("__all__", []),
        (Audit(exclude=["editors"]), []),
        (["editors"], ["trigger_audit.E009"]),
        (Audit(redact=["editors"]), ["trigger_audit.E009"]),
    ],
)
def test_e009_explicit_through_model(audit, expected):
    with library() as of:
        editors = models.ManyToManyField(of.Person, through="Edited", related_name="edited")
        book(of, audit, editors=editors)

        class Edited(models.Model):
            book = models.ForeignKey("Book", models.CASCADE)
            person = models.ForeignKey(of.Person, models.CASCADE)

            class Meta:
                app_label = "library"

        messages = list(mistakes(of.apps))
    assert [message.id for message in messages] == expected
    assert all("Audit library.Edited, and" in message.hint for message in messages)


@pytest.mark.parametrize(
    ("parent", "child", "expected"),
    [
        (None, "__all__", []),
        (None, ["title"], ["trigger_audit.E010"]),
        (None, ["tags"], ["trigger_audit.E010"]),
        (None, Audit(redact=["title"]), ["trigger_audit.E010"]),
        (None, Audit(exclude=["title"]), []),
        (["title", "tags"], ["title", "tags", "pages"], []),
        (["author"], ["title"], ["trigger_audit.E010"]),
        ("__all__", Audit(redact=["title"]), ["trigger_audit.E010"]),
        ("__all__", Audit(exclude=["title"]), ["trigger_audit.E010"]),
        (Audit(redact=["title"]), Audit(redact=["title"]), []),
        (Audit(redact=["title"]), ["title"], []),
        (Audit(exclude=["title"]), Audit(exclude=["title"]), []),
    ],
)
def test_e010_column_of_a_concrete_parent(parent, child, expected):
    with library() as of:
        parent_model = book(of, parent)

        class Novel(parent_model):
            pages = models.IntegerField()

            class Meta:
                app_label = "library"
                audit = child

        messages = list(mistakes(of.apps))
    assert [message.id for message in messages] == expected
    assert all("where library.Book is declared" in message.hint for message in messages)


def test_e010_leaves_what_an_abstract_base_leaks_to_grandchildren():
    with library() as of:

        class Titled(models.Model):
            title = models.TextField()
            note = models.TextField()

            class Meta:
                app_label = "library"
                abstract = True
                audit = Audit(["title", "note"], redact=["note"])

        class Thing(Titled):
            pass

        class Booklet(Thing):
            pages = models.IntegerField()

        assert Booklet._meta.audit is Titled._meta.audit
        assert found(of.apps) == []


@pytest.mark.parametrize(
    ("managed", "audit", "expected"),
    [
        (False, "__all__", ["trigger_audit.E024"]),
        (False, ["tags"], ["trigger_audit.E024"]),
        (False, Audit(exclude=["tags"]), []),
        (False, ["name"], []),
        (True, "__all__", []),
    ],
)
def test_e024_links_of_an_unmanaged_model(managed, audit, expected):
    with library() as of:
        meta = {"app_label": "library", "managed": managed, "audit": audit}
        attributes = {
            "name": models.TextField(),
            "tags": models.ManyToManyField(of.Tag),
            "editors": models.ManyToManyField(of.Person, through="Edited"),
            "Meta": type("Meta", (), meta),
            "__module__": "x",
        }
        legacy = type("Legacy", (models.Model,), attributes)

        class Edited(models.Model):
            legacy = models.ForeignKey("Legacy", models.CASCADE)
            person = models.ForeignKey(of.Person, models.CASCADE)

            class Meta:
                app_label = "library"

        messages = list(mistakes(of.apps))
        links = declaration.audited_many_to_many(legacy, declaration.as_audit(audit))
    assert [message.id for message in messages] == expected
    assert [field.name for field in links] == (["tags"] if managed else [])
    assert all("field 'tags'" in message.msg for message in messages)
    assert all(message.hint.startswith("Exclude 'tags'") for message in messages)


@pytest.mark.parametrize("column", ["!position", '"!position"', "a $body$ b", "a\nb", "a\rb"])
def test_e025_name_that_the_function_cannot_bear(column):
    with library() as of:
        book(of, ["title"], note=models.TextField(db_column=column))
        [(id_, message, hint)] = found(of.apps)
    assert id_ == "trigger_audit.E025"
    assert message.startswith(f"The column {column.strip(chr(34))!r} of library.Book.note")
    assert "db_column" in hint


@pytest.mark.parametrize(("db_type", "expected"), [("json", ["trigger_audit.E012"]), ("jsonb", [])])
def test_e012_whole_rows_with_a_column_that_has_no_equality(db_type, expected):
    class Odd(models.TextField):
        def db_type(self, connection):
            return db_type

    with library() as of:

        class Page(models.Model):
            content = Odd()

            class Meta:
                app_label = "library"
                audit = Audit(condition=pgtrigger.AnyChange())

        assert ids(of.apps) == expected


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


def test_e015_primary_key_without_a_column():
    class Nowhere(models.IntegerField):
        def get_attname_column(self):
            return self.name, None

    with library() as of:

        class Ghost(models.Model):
            id = Nowhere(primary_key=True)
            name = models.TextField()

            class Meta:
                app_label = "library"
                audit = "__all__"

        [(id_, message, _)] = found(of.apps)
    assert id_ == "trigger_audit.E015"
    assert message.startswith("The model library.Ghost has a primary key without a column")


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


class OtherOnly:
    def allow_migrate(self, db, app_label, **hints):
        return db == "other"


class Nowhere:
    def allow_migrate(self, db, app_label, **hints):
        return False


@pytest.mark.parametrize(
    ("vendor", "router", "expected"),
    [
        ("postgresql", OtherOnly(), []),
        ("sqlite", OtherOnly(), ["trigger_audit.E022"]),
        ("sqlite", None, []),
        ("postgresql", Nowhere(), []),
    ],
)
def test_e022_no_postgresql_database(monkeypatch, settings, vendor, router, expected):
    monkeypatch.setattr(connections["other"], "vendor", vendor)
    settings.DATABASE_ROUTERS = [router] if router else []
    with library() as of:
        book(of, "__all__")
        messages = list(mistakes(of.apps))
    assert [message.id for message in messages] == expected
    assert all("The model library.Book is audited, and no" in each.msg for each in messages)


class AuditTableIn:
    """The audit table may be in some databases alone, and all else in all."""

    def __init__(self, *aliases):
        self.aliases = aliases

    def allow_migrate(self, db, app_label, **hints):
        return db in self.aliases if app_label == "trigger_audit" else None


@pytest.mark.parametrize(
    ("aliases", "expected"),
    [(["default", "other"], []), (["other"], ["default"]), ([], ["default", "other"])],
)
def test_w005_no_audit_table(settings, aliases, expected):
    settings.DATABASE_ROUTERS = [AuditTableIn(*aliases)]
    with library() as of:
        book(of, "__all__")
        messages = list(mistakes(of.apps))
    assert [(each.id, each.level) for each in messages] == [
        ("trigger_audit.W005", django_checks.WARNING) for _ in expected
    ]
    for alias, message in zip(expected, messages, strict=True):
        assert f"out of '{alias}', where the audited model library.Book may be" in message.msg


@pytest.mark.parametrize("name", ["makemigrations", "migrate"])
@pytest.mark.parametrize("detector", [MigrationAutodetector, None, 5])
def test_e023_another_autodetector(monkeypatch, name, detector):
    module = placement.load_command_class("django.core", name).__class__
    monkeypatch.setattr(module, "autodetector", detector)
    [(id_, message, hint)] = mistakes_of("__all__")
    assert id_ == "trigger_audit.E023"
    assert message.startswith(f"manage.py {name} does not see audits")
    assert "INSTALLED_APPS" in hint


@pytest.mark.parametrize(
    ("migrated", "expected"),
    [({"library"}, ["trigger_audit.W001"]), ({"library", "auth"}, []), (set(), [])],
)
def test_w001_app_without_migrations(monkeypatch, migrated, expected):
    monkeypatch.setattr(placement, "has_migrations", lambda label: label in migrated)
    with library() as of:
        register("library.Tag", app_label="auth")
        messages = list(mistakes(of.apps))
    assert [(each.id, each.level) for each in messages] == [
        (id_, django_checks.WARNING) for id_ in expected
    ]
    assert all(each.hint == "Run manage.py makemigrations auth." for each in messages)


def test_apps_with_and_without_migrations(settings):
    assert placement.has_migrations("trigger_audit")
    settings.MIGRATION_MODULES = {"trigger_audit": None, "auth": "tests.nothing"}
    assert not placement.has_migrations("trigger_audit")
    assert not placement.has_migrations("auth")
    settings.MIGRATION_MODULES = {"auth": "nowhere.at_all"}
    assert not placement.has_migrations("auth")


def test_checks_of_some_apps_leave_out_the_others(registrations):
    register("auth.Permission", ["nothing"], app_label="library")
    register("contenttypes.ContentType", ["nothing"], app_label="contenttypes")
    for label, expected in {
        "auth": ["Permission"],
        "library": ["Permission"],
        "pgtrigger": [],
    }.items():
        messages = check_declarations([live_apps.get_app_config(label)])
        assert [each.obj.__name__ for each in messages] == expected
    assert len(check_declarations()) == 2


@pytest.mark.django_db
def test_makemigrations_reports_all_the_mistakes_although_it_skips_the_checks():
    register("auth.Permission", ["nothing"], app_label="library")
    register("contenttypes.ContentType", ["nothing"], app_label="library")
    with pytest.raises(DeclarationError) as caught:
        call_command("makemigrations", dry_run=True)
    assert isinstance(caught.value, CommandError)
    assert isinstance(caught.value, TriggerAuditError)
    lines = str(caught.value).splitlines()
    assert lines[0] == "Audits are declared wrongly."
    assert [line.split()[0] for line in lines if "E005" in line] == [
        "auth.Permission:",
        "contenttypes.ContentType:",
    ]


def test_warnings_and_silenced_errors_stop_nothing(monkeypatch, settings):
    register("auth.Permission", ["nothing"], app_label="library")
    settings.SILENCED_SYSTEM_CHECKS = ["trigger_audit.E005"]
    assert len(check_declarations()) == 1
    checks.raise_on_errors()
    declaration.unregister("auth.Permission")
    settings.SILENCED_SYSTEM_CHECKS = []
    monkeypatch.setattr(placement, "has_migrations", lambda label: label == "auth")
    register("auth.Permission", app_label="library")
    assert [message.id for message in check_declarations()][-1:] == ["trigger_audit.W001"]
    checks.raise_on_errors()


@pytest.mark.django_db(databases=["default", "other"])
def test_the_checks_are_registered(monkeypatch):
    register("auth.Permission", ["nothing"], app_label="library")
    run = django_checks.run_checks
    assert [message.id for message in run(tags=["models"])] == ["trigger_audit.E005"]
    later = timezone.now() + timedelta(days=3650)
    monkeypatch.setattr(database.timezone, "now", lambda: later)
    assert "trigger_audit.W002" not in [message.id for message in run()]
    assert [message.id for message in run(tags=["database"], databases=["other"])] == [
        "trigger_audit.W002"
    ]


@pytest.mark.django_db
def test_w002_partitions_run_out(monkeypatch):
    assert list(database.check(connection)) == []
    later = timezone.now() + timedelta(days=3650)
    monkeypatch.setattr(database.timezone, "now", lambda: later)
    [message] = check_databases(databases=["default"])
    assert message.id == "trigger_audit.W002"
    assert message.hint.startswith("Run manage.py audit partition --database=default")


@pytest.mark.django_db
def test_w002_no_partition_but_the_default_one():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits"
            " WHERE inhparent = 'trigger_audit_event'::regclass"
        )
        partitions = [name for (name,) in cursor.fetchall() if not name.endswith("_default")]
        cursor.execute(f"DROP TABLE {', '.join(partitions)}")
    [message] = database.check(connection)
    assert message.id == "trigger_audit.W002"
    assert "run out now." in message.msg


@pytest.mark.django_db
def test_databases_without_an_audit_table_and_other_vendors_are_left_alone(monkeypatch):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE trigger_audit_event RENAME TO elsewhere")
    assert list(database.check(connection)) == []
    monkeypatch.setattr(connection, "vendor", "sqlite")
    assert list(database.check(connection)) == []


def create_trigger(when, table="library_book"):
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE OR REPLACE FUNCTION application() RETURNS trigger LANGUAGE plpgsql"
            " AS 'BEGIN RETURN NEW; END'"
        )
        cursor.execute(f"CREATE TRIGGER application {when} EXECUTE FUNCTION application()")


@pytest.mark.django_db
@pytest.mark.parametrize("event", ["INSERT", "UPDATE", "DELETE", "UPDATE OF title"])
def test_w003_row_triggers_of_the_application(event):
    register(Book, app_label="library")
    create_trigger(f"AFTER {event} ON library_book FOR EACH ROW")
    [message] = database.check(connection)
    assert (message.id, message.obj) == ("trigger_audit.W003", Book)
    assert "library.Book in 'default' has row triggers: application." in message.msg
    assert 'level="row"' in message.hint


@pytest.mark.django_db
@pytest.mark.parametrize(
    "when",
    [
        "BEFORE UPDATE ON library_book FOR EACH ROW",
        "AFTER UPDATE ON library_book FOR EACH STATEMENT",
        "AFTER UPDATE ON library_tag FOR EACH ROW",
    ],
)
def test_w003_leaves_other_triggers_alone(when):
    create_trigger(when)
    assert list(database.check(connection)) == []


@pytest.mark.django_db
def test_w003_leaves_disabled_triggers_alone():
    create_trigger("AFTER UPDATE ON library_book FOR EACH ROW")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE library_book DISABLE TRIGGER application")
    assert list(database.check(connection)) == []


@pytest.mark.django_db
def test_w003_leaves_audits_at_row_level_and_other_databases_alone(monkeypatch, settings):
    create_trigger("AFTER UPDATE ON library_book FOR EACH ROW")
    assert len(list(database.check(connection))) == 1
    settings.DATABASE_ROUTERS = [OtherOnly()]
    assert list(database.check(connection)) == []
    settings.DATABASE_ROUTERS = []
    monkeypatch.setattr(Book._meta, "audit", Audit(level="row"))
    assert list(database.check(connection)) == []
    assert Loan._meta.audit.level == "statement"
