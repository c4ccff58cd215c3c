"""The ``history`` action of a viewset: what it tells, and to whom."""

import json
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.fields import DateTimeField
from rest_framework.test import APIClient

from tests.audit_command import execute
from tests.awkward.models import Car, Grandchild, UuidKey
from tests.example.models import Book, Publisher, Tag
from trigger_audit.models import AuditEvent

pytestmark = pytest.mark.django_db


def change(field, old, new, old_display=None, new_display=None):
    return {
        "field": field,
        "verbose_name": field,
        "old": old,
        "new": new,
        "old_display": old_display,
        "new_display": new_display,
    }


@pytest.mark.proof
def test_who_when_and_how(get, ann, book):
    made, changed = AuditEvent.objects.filter(table_name="library_book").order_by("id")
    newest, oldest = get(f"/books/{book.pk}/history/")
    assert newest == {
        "id": changed.pk,
        "at": DateTimeField().to_representation(changed.at),
        "op": "UPDATE",
        "model": "library.Book",
        "object_id": str(book.pk),
        "transaction": changed.txid,
        "user": str(ann.pk),
        "username": "ann",
        "context": {},
        "changes": [
            change("price", "5.10", "6.20", "5.10", "6.20"),
            change("publisher", book.publisher_id, None, "Faber", ""),
        ],
    }
    assert (oldest["id"], oldest["op"], oldest["user"], oldest["username"]) == (
        made.pk,
        "INSERT",
        None,
        None,
    )
    assert {each["field"]: each["new"] for each in oldest["changes"]} == {
        "id": book.pk,
        "title": "Emma",
        "price": "5.10",
        "publisher": book.publisher_id,
    }


def test_of_this_object_alone(get, book):
    other = Book.objects.create(title="Persuasion", price="1")
    assert [each["object_id"] for each in get(f"/books/{other.pk}/history/")] == [str(other.pk)]


def test_tags(get, book):
    book.tags.add(Tag.objects.create(name="novel"))
    assert get(f"/books/{book.pk}/history/")[0]["model"] == "library.Book_tags"
    assert {each["model"] for each in get(f"/priceless/{book.pk}/history/")} == {"library.Book"}


def test_hidden_fields(get, book):
    def fields(path):
        return [
            {change["field"] for change in each["changes"]}
            for each in get(f"/{path}/{book.pk}/history/")
        ]

    assert fields("priceless") == [{"publisher"}, {"id", "title", "publisher"}]
    assert fields("titles") == [set(), {"title"}]


def test_links_of_a_chosen_field(get, book):
    novel = Tag.objects.create(name="novel")
    book.tags.add(novel)
    link, changed, _ = get(f"/tagged/{book.pk}/history/")
    assert [(each["field"], each["new"]) for each in link["changes"]][1:] == [
        ("book", book.pk),
        ("tag", novel.pk),
    ]
    assert [each["field"] for each in changed["changes"]] == ["price"]


def test_chosen_context(get, book):
    newest, oldest = get(f"/archive/{book.pk}/history/")
    assert (newest["context"], oldest["context"]) == ({"reason": "import"}, {})


def test_anonymous(status, book):
    assert status(f"/books/{book.pk}/history/", APIClient()) == 401


def test_objects_that_one_may_not_see(status, book):
    secret = Book.objects.create(title="secret", price="1")
    hidden = Book.objects.create(title="hidden", price="1")
    for path in ("books", "archive"):
        assert status(f"/{path}/{secret.pk}/history/") == 403
        assert status(f"/{path}/{hidden.pk}/history/") == 404
        assert status(f"/{path}/0/history/") == 404
        assert status(f"/{path}/x/history/") == 404
        assert status(f"/{path}/{2**63}/history/") == 404


def test_permissions_of_the_history(status, ann, book):
    assert status(f"/staff/{book.pk}/") == 200
    assert status(f"/staff/{book.pk}/history/") == 403
    ann.is_staff = True
    assert status(f"/staff/{book.pk}/history/") == 200


def test_deleted_objects(get, status, book):
    key = book.pk
    book.delete()
    assert status(f"/books/{key}/history/") == 404
    assert [each["op"] for each in get(f"/archive/{key}/history/")] == [
        "DELETE",
        "UPDATE",
        "INSERT",
    ]


def test_deleted_objects_that_one_might_not_have_seen(status):
    secret = Book.objects.create(title="secret", price="1")
    key = secret.pk
    secret.delete()
    assert status(f"/archive/{key}/history/") == 403


@pytest.mark.parametrize(
    ("path", "model", "values", "name"),
    [
        ("cars", Car, {"doors": 3}, "name"),
        ("grandchildren", Grandchild, {"note": "", "pages": 1}, "title"),
    ],
)
def test_deleted_objects_are_as_all_their_tables_last_had_them(
    get, status, path, model, values, name
):
    shown, secret = (
        model.objects.create(**values, **{name: each}).pk for each in ("shown", "secret")
    )
    model.objects.all().delete()
    assert {each["op"] for each in get(f"/{path}/{shown}/history/")} == {"INSERT", "DELETE"}
    assert status(f"/{path}/{secret}/history/") == 403
    assert status(f"/{path}/0/history/") == 404


def test_objects_that_a_truncate_took(get, book):
    execute("SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE library_book CASCADE")
    assert [each["op"] for each in get(f"/archive/{book.pk}/history/")] == ["UPDATE", "INSERT"]


def test_deleted_objects_have_other_keys_than_uuids(get, status, settings):
    settings.REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": []}
    found = UuidKey.objects.create(name="one")
    key = found.pk
    found.delete()
    assert [each["op"] for each in get(f"/keys/{key}/history/")] == ["DELETE", "INSERT"]
    assert status(f"/keys/{uuid.uuid4()}/history/") == 404
    assert status("/keys/x/history/") == 404


def test_another_lookup_field(client, get, status, book):
    assert get("/by-title/Emma/history/") == ["UPDATE", "INSERT"]
    book.delete()
    assert status("/by-title/Emma/history/") == 404


def test_pages(client, get, book):
    for price in range(60):
        Book.objects.filter(pk=book.pk).update(price=price)
    first = client.get(f"/books/{book.pk}/history/").json()
    assert (first["count"], len(first["results"])) == (62, 50)
    second = client.get(first["next"]).json()
    ids = [each["id"] for each in first["results"] + second["results"]]
    newest_first = AuditEvent.objects.filter(table_name="library_book").order_by("-id")
    assert ids == list(newest_first.values_list("id", flat=True))
    assert len(get(f"/books/{book.pk}/history/", page_size=7)) == 7


def test_queries_do_not_grow_with_the_page(get, book):
    with CaptureQueriesContext(connection) as few:
        assert len(get(f"/books/{book.pk}/history/")) == 2
    for number in range(10):
        publisher = Publisher.objects.create(name=str(number))
        Book.objects.filter(pk=book.pk).update(publisher=publisher, price=number)
    with CaptureQueriesContext(connection) as many:
        assert len(get(f"/books/{book.pk}/history/")) == 12
    assert len(many) <= len(few) <= 6


def test_schema(client, settings, book):
    settings.ROOT_URLCONF = "tests.rest_framework.site"
    response = client.get("/schema/", headers={"accept": "application/vnd.oai.openapi+json"})
    schema = json.loads(response.content)
    operation = schema["paths"]["/books/{id}/history/"]["get"]
    assert operation["operationId"] == "historyBook"
    assert "AuditEvent" in schema["components"]["schemas"]


def test_browsable(client, settings, book):
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "rest_framework"]
    settings.TEMPLATES = [
        {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}
    ]
    settings.ROOT_URLCONF = "tests.rest_framework.site"
    response = client.get(f"/books/{book.pk}/history/", headers={"accept": "text/html"})
    assert response.status_code == 200
    assert "Emma" in response.content.decode()
