"""What ``docs/handoff.md`` says of payloads, and its examples."""

import os
import re
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.db import connection

from tests.example import models
from tests.example.models import Book
from tests.feed.conftest import drain
from trigger_audit import feed, subscription
from trigger_audit.checks.registry import check_subscriptions
from trigger_audit.feed.handoff import queue_of

DOCS = (Path(__file__).parents[3] / "docs" / "handoff.md").read_text(encoding="utf-8")
CELERY, RECEIVED, RQ, DJANGO_TASKS = re.findall(r"^```python\n(.*?)^```", DOCS, re.DOTALL | re.M)
# Roles belong to the whole server, which other processes may be testing on.
WORKER = f"test_worker_{os.getpid()}"


@pytest.mark.django_db(transaction=True)
def test_what_a_task_gets(subscribe):
    changes = []
    subscribe(Book, handler=changes.extend)
    Book.objects.create(title="Emma", price="7.50")
    drain()
    payload = feed.payload(changes[0], "test")
    section = DOCS.partition("## What a task gets\n")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)
    assert [name for cell in cells for name in re.findall(r"`(\w+)`", cell)] == [*payload]
    names = {"feed": feed, "payload": payload}
    exec(RECEIVED, names)  # noqa: S102
    assert names["change"].new["price"] == Book.objects.get().price


def test_the_subscriptions_of_the_examples(subscribe, monkeypatch):
    monkeypatch.setitem(sys.modules, "library.models", models)
    names = {"__name__": "library.subscriptions"}
    for code in (CELERY, RQ, *([DJANGO_TASKS] if find_spec("django.tasks") else [])):
        exec(code, names)  # noqa: S102
    found = [each.name for each in subscription.subscriptions if queue_of(each.handler)]
    assert found == ["library.search", "library.covers", "library.mail"][: len(found)]
    assert len(found) == len(subscription.subscriptions) >= 2
    assert check_subscriptions() == []


@pytest.mark.django_db
def test_the_rights_of_a_role_of_workers():
    rights = re.search(
        r"needs ((?:[A-Z]+, )*[A-Z]+ and [A-Z]+) on that one", " ".join(DOCS.split())
    )[1]
    change = {"subscription": "test", "idempotency_key": "test:1:7", "database": "default"}
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {WORKER}")
        cursor.execute(
            f"GRANT {rights.replace(' and', ',')} ON trigger_audit_feed_receipt TO {WORKER}"
        )
        cursor.execute(f"SET LOCAL ROLE {WORKER}")
        assert [feed.once(lambda change: True)(change) for _ in range(2)] == [True, None]
        cursor.execute("RESET ROLE")
