"""Models of a registry apart, and what the checks say of them."""

from contextlib import contextmanager
from types import SimpleNamespace

from django.db import models
from django.test.utils import isolate_apps

from trigger_audit import Audit
from trigger_audit.checks.registry import mistakes

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
