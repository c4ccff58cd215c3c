"""Who asks, and what about."""

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

import trigger_audit
from tests.example.models import Book, Publisher


@pytest.fixture
def ann(db):
    return User.objects.create(username="ann")


@pytest.fixture
def client(ann):
    """Ann's."""
    client = APIClient()
    client.force_authenticate(ann)
    return client


@pytest.fixture
def book(ann):
    """Written by the database's user, then made dearer by Ann."""
    publisher = Publisher.objects.create(name="Faber")
    book = Book.objects.create(title="Emma", price="5.10", publisher=publisher)
    with trigger_audit.context(user=ann, username="ann", reason="import", remote_addr="::1"):
        Book.objects.filter(pk=book.pk).update(price="6.20", publisher=None)
    return book


@pytest.fixture
def get(client, settings):
    """The events of a page, as the API tells them."""
    settings.ROOT_URLCONF = "tests.rest_framework.site"

    def get(path, **parameters):
        response = client.get(path, parameters)
        assert response.status_code == 200, response.json()
        return response.json()["results"]

    return get


@pytest.fixture
def status(client, settings):
    """The status of the answer."""
    settings.ROOT_URLCONF = "tests.rest_framework.site"
    return lambda path, client=client: client.get(path).status_code
