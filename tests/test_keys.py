"""Keys as people and URLs give them."""

import uuid
from datetime import date

import pytest
from django.apps.registry import Apps
from django.db import models

from tests.awkward.models import Composite, TextKey, UuidKey
from tests.example.models import Book
from trigger_audit.exceptions import InvalidKey
from trigger_audit.keys import row_of_key

KEY = uuid.UUID("12345678-1234-5678-1234-567812345678")
registry = Apps()


class Day(models.Model):
    date = models.DateField(primary_key=True)

    class Meta:
        app_label = "keys"
        apps = registry


class Diary(models.Model):
    """Its key is another's."""

    day = models.OneToOneField(Day, models.CASCADE, primary_key=True)

    class Meta:
        app_label = "keys"
        apps = registry


class Holiday(Day):
    """Its key is its parent's."""

    class Meta:
        app_label = "keys"
        apps = registry


@pytest.mark.parametrize(
    ("model", "text", "key"),
    [
        (Book, "42", 42),
        (UuidKey, str(KEY), KEY),
        (UuidKey, KEY.hex, KEY),
        (TextKey, "4 2", "4 2"),
        (TextKey, "", ""),
        (Composite, '["a", 2]', ("a", 2)),
        (Composite, '["a", "2"]', ("a", 2)),
        (Diary, "2026-11-24", date(2026, 11, 24)),
        (Holiday, "2026-11-24", date(2026, 11, 24)),
    ],
)
def test_keys(model, text, key):
    row = row_of_key(model, text, "other")
    assert (type(row), row.pk) == (model, key)
    assert (row._state.adding, row._state.db) == (False, "other")


@pytest.mark.parametrize(
    ("model", "text", "detail"),
    [
        (Book, "x", "'x' of library.Book: “x” value must be an integer."),
        (UuidKey, "42", "'42' of awkward.UuidKey: “42” is not a valid UUID."),
        (Composite, "42", "'42' of awkward.Composite: give a JSON array of row, number"),
        (Composite, '["a"]', "give a JSON array of row, number"),
        (Composite, '["a", "b"]', "“b” value must be an integer."),
        (Composite, "a, 2", "'a, 2' of awkward.Composite: Expecting value"),
        (Diary, "today", "“today” value has an invalid date format"),
    ],
)
def test_what_is_none(model, text, detail):
    with pytest.raises(InvalidKey, match=r"^No row has such a primary key: give") as raised:
        row_of_key(model, text, "default")
    assert detail in str(raised.value)
