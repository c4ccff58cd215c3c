"""No key is too long: what the index of the audit table cannot hold is cut, and fails no write."""

import random

import pytest
from django.db import models

from tests.capture.events import execute, query, recorded
from tests.capture.tables import Raw, model
from trigger_audit import Audit
from trigger_audit.triggers import compile_audit

pytestmark = pytest.mark.django_db

NAMED = "SELECT trigger_audit_object_id(key::text) FROM captured_keyed"


def noise(size):
    return random.Random(1).randbytes(size)


def text(size):
    return "".join(chr(33 + byte % 94) for byte in noise(size))


KEYS = [
    ("text", text(2600), text(2600)),
    ("text", text(2680), text(2680)),
    ("text", "x" * 90_000, "x" * 90_000),
    ("varchar(3000)", text(2680), text(2680)),
    ("bytea", rf"\x{noise(2600).hex()}", rf"\x{noise(2600).hex()}"),
    ("numeric", "7" * 4000, "7" * 4000),
]


@pytest.mark.parametrize("level", ["statement", "row"])
@pytest.mark.parametrize(
    ("column_type", "key", "object_id"), KEYS, ids=lambda value: value[:9].strip("\\")
)
def test_a_row_of_a_long_key_is_written(audit, column_type, key, object_id, level):
    execute(f"CREATE TABLE captured_keyed (key {column_type} PRIMARY KEY, value integer)")
    audit(model("Keyed", key=Raw(column_type, primary_key=True), value=Raw("integer")), level=level)
    with recorded() as events:
        execute(f"INSERT INTO captured_keyed VALUES (CAST(%s AS text)::{column_type}, 1)", [key])
        execute("UPDATE captured_keyed SET value = 2")
        (name,) = query(NAMED)
        execute("DELETE FROM captured_keyed")
    assert name == object_id if len(object_id) <= 2600 else name.startswith(object_id[:500])
    assert [(event.op, event.object_id) for event in events] == [
        ("INSERT", name),
        ("UPDATE", name),
        ("DELETE", name),
    ]
    if column_type != "numeric":
        assert events[0].new == {"key": object_id, "value": 1}


def test_a_composite_key_that_is_long_as_json_only(audit):
    class Keyed(models.Model):
        pk = models.CompositePrimaryKey("one", "two")
        one = models.CharField(max_length=250)
        two = models.CharField(max_length=250)

        class Meta:
            app_label = "captured"
            apps = model("Unused")._meta.apps

    execute("CREATE TABLE captured_keyed (one text, two text, PRIMARY KEY (one, two))")
    audit(Keyed)
    control = "".join(chr(1 + byte % 7) for byte in noise(250))
    with recorded() as events:
        execute("INSERT INTO captured_keyed VALUES (%s, %s)", [control, control[::-1]])
    (event,) = events
    assert event.new == {"one": control, "two": control[::-1]}
    (name,) = query(
        "SELECT trigger_audit_object_id(jsonb_build_array(one, two)::text) FROM captured_keyed"
    )
    assert event.object_id == name
    assert (len(name), name[:9]) == (500 + 10 + 64, '["\\u000' + str(ord(control[0])) + "\\")


@pytest.mark.parametrize(
    ("field", "may_be_long"),
    [
        (models.BigAutoField, False),
        (models.UUIDField, False),
        (models.DateTimeField, False),
        (lambda **key: models.CharField(max_length=255, **key), False),
        (lambda **key: models.DecimalField(max_digits=20, decimal_places=2, **key), False),
        (lambda **key: models.CharField(max_length=1000, **key), True),
        (models.CharField, True),
        (models.TextField, True),
        (models.BinaryField, True),
        (lambda **key: Raw("citext", **key), True),
    ],
)
def test_only_keys_that_may_be_long_are_looked_at(field, may_be_long):
    keyed = model("Keyed", key=field(primary_key=True))
    assert ("trigger_audit_object_id" in str(compile_audit(keyed, Audit()).sql)) == may_be_long
