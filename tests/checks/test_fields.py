"""The fields that an audit names are there, and can be recorded."""

import pgtrigger
import pytest
from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models

from tests.checks.library import book, found, ids, library, mistakes_of
from trigger_audit import Audit, declaration, register
from trigger_audit.checks.registry import mistakes

pytestmark = pytest.mark.usefixtures("registrations")


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
