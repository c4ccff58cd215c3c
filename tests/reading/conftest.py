"""What the stories of reading and reverting share."""

import pytest
from django.db.models import F, Value
from django.db.models.functions import Concat

from tests.capture.conftest import audit
from tests.capture.tables import install_audit
from tests.example.models import Book, Loan, Publisher, Tag
from tests.reading.moments import moment
from trigger_audit import declaration, register

__all__ = ["audit"]


@pytest.fixture
def then():
    """A moment after which all has changed."""
    north, south = (Publisher.objects.create(name=name) for name in ("North", "South"))
    emma = Book.objects.create(title="Emma", price="1.50", publisher=north)
    dune = Book.objects.create(title="Dune", price="9.90", publisher=south)
    Book.objects.create(title="Ulysses", price="5.00")
    for name in ("old", "sold"):
        emma.tags.add(Tag.objects.create(name=name))
    Loan.objects.create(book=dune, card_number="123")
    then = moment()
    Loan.objects.all().delete()
    emma.tags.clear()
    dune.delete()
    Book.objects.update(title=Concat("title", Value("!")), price=F("price") * 2, publisher=south)
    Publisher.objects.filter(pk=north.pk).delete()
    Publisher.objects.update(name="West")
    Book.objects.create(title="Emma", price="0")
    return then


@pytest.fixture
def declared():
    """Audit a model for one test, as a project would that declares it."""
    models_declared = []

    def declare(model):
        register(model, app_label="captured")
        models_declared.append(model)
        install_audit(model)

    yield declare
    for model in models_declared:
        declaration.unregister(model)
