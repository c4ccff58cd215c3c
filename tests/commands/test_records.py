"""``--format=json`` and ``--format=csv`` lose nothing."""

import csv
import json
from decimal import Decimal
from io import StringIO

import pytest
from django.db import connection

import trigger_audit
from tests.audit_command import execute, run
from tests.commands.library import event, lines
from tests.example.models import Book, Publisher
from trigger_audit.management.audit.records import COLUMNS

pytestmark = pytest.mark.django_db

AWKWARD = "a\n\"b\", 'c'; \\ \x85\u2028\x7f é 📚"


def columns_of(found):
    """What psql would show of an event, in UTC."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL TimeZone = 'UTC'")
        cursor.execute(f"SELECT row_to_json(e) FROM trigger_audit_event AS e WHERE id = {found.pk}")
        (row,) = cursor.fetchone()
    return row if isinstance(row, dict) else json.loads(row)


@pytest.mark.parametrize("use_tz", [True, False])
def test_json_has_every_column(use_tz, settings):
    settings.USE_TZ = use_tz
    settings.TIME_ZONE = "Europe/Vienna"
    with trigger_audit.context(user=7, reason=AWKWARD):
        Publisher.objects.create(name=AWKWARD)
    (line,) = lines("log", "--format=json")
    told = json.loads(line)
    expected = columns_of(event())
    assert tuple(told) == COLUMNS == tuple(expected)
    at, expected_at = told.pop("at"), expected.pop("at")
    assert told == {**expected, "txid": int(expected["txid"])}
    assert at.endswith("Z")
    assert at.removesuffix("Z").rstrip("0") == expected_at.removesuffix("+00:00").rstrip("0")


def test_numbers_are_those_of_the_database():
    big = 9007199254740993
    with trigger_audit.context(number=big, part=0.1):
        Book.objects.create(title="Emma", price="5.10")
    (line,) = lines("log", "--format=json")
    assert '"price": 5.10' in line
    told = json.loads(line, parse_float=Decimal)
    assert told["new"]["price"] == Decimal("5.10")
    assert told["context"] == {"number": big, "part": Decimal("0.1")}


def test_numbers_too_long_for_python():
    digits = "1" + "0" * 5000
    execute(f"SET LOCAL trigger_audit.context = '{{\"number\": {digits}}}'")
    execute("INSERT INTO library_publisher (name) VALUES ('Faber')")
    (line,) = lines("log", "--format=json")
    assert f'"number": {digits}' in line


def test_csv_has_every_column():
    with trigger_audit.context(user=7, reason="import"):
        Publisher.objects.create(name=AWKWARD)
    Publisher.objects.all().delete()
    header, *rows = csv.reader(StringIO(run("log", "--format=csv")[0], newline=""))
    assert header == list(COLUMNS)
    made, deleted = (dict(zip(header, row, strict=True)) for row in rows)
    found = event(op="INSERT")
    assert made["at"] == found.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert (made["id"], made["txid"]) == (str(found.pk), str(found.txid))
    assert (made["op"], made["table_name"]) == ("INSERT", "library_publisher")
    assert (made["old"], json.loads(made["new"])) == ("", found.new)
    assert json.loads(made["context"]) == {"user": 7, "reason": "import"}
    assert json.loads(deleted["old"]) == found.new
    assert (deleted["new"], deleted["context"]) == ("", "")


def test_nothing():
    assert lines("log", "--format=json") == []
    assert lines("log", "--format=csv") == [",".join(COLUMNS)]
