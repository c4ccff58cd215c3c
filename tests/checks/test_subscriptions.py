"""Each mistake in a subscription has its id and its remedy, and what is no mistake has neither."""

from datetime import datetime, timedelta, timezone
from functools import partial
from importlib import invalidate_caches

import pytest
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from tests.checks.mistakes import found, mistake, no_other_subscriptions  # noqa: F401
from tests.example.models import Book, Publisher, Tag
from trigger_audit.checks.subscriptions import check_subscriptions
from trigger_audit.feed import registry

NOW = datetime.now(tz=timezone.utc)


@pytest.mark.parametrize(
    "options",
    [
        {"fields": ["pk", "title", "publisher_id", "publisher"]},
        {"fields": {"price"}, "operations": ("UPDATE",)},
        {"operations": {"INSERT", "TRUNCATE"}},
        {"start": NOW},
        {"start": "backfill", "batch_size": 1, "shards": 16, "attempts": 1, "backoff": 0},
        {"on_failure": "stop", "atomic": False, "using": "other"},
        {"handler": [].extend},
        {"handler": lambda batch, *, dry=False: None},
        {"handler": print},
    ],
)
def test_options_that_are_right(options):
    assert found(Book, **options) == []


@pytest.mark.parametrize("name", ["", " ", "a\n", "\0", "x" * 201, "--all", 5, b"a", ["a"]])
def test_e040_names(name):
    [(id_, message, hint)] = found(Book, name=name)
    assert id_ == "trigger_audit.E040"
    assert message == f"The subscription {name!r} has a name that is none."
    assert hint.startswith("A name is printable text of at most 200 characters")


def test_e041_two_of_one_name():
    found(Book)
    [(id_, message, hint)] = found(Publisher)
    assert (id_, hint) == ("trigger_audit.E041", "Give one of them another name.")
    assert message == (
        "Two subscriptions have the name 'library.search': of tests.checks.mistakes and of"
        " tests.checks.mistakes. They would share one position."
    )


@pytest.mark.parametrize(
    ("operations", "what"),
    [
        ("UPDATE", "has operations='UPDATE'."),
        ([], "has operations=[]."),
        (None, "has operations=None."),
        (["INSERT", "update"], "names the operation 'update', which does not exist."),
        (["SNAPSHOT"], "names the operation 'SNAPSHOT', which does not exist."),
    ],
)
def test_e048_operations(operations, what):
    assert mistake(Book, operations=operations) == (
        "E048",
        what,
        "operations is a list of some of 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE'.",
    )


async def is_async(batch):
    """Nobody awaits it."""


def generates(batch):
    """Nobody iterates over it."""
    yield from batch


async def generates_in_time(batch):
    """Nobody iterates over it."""
    for change in batch:
        yield change


class Index:
    async def __call__(self, batch):
        """Nobody awaits it."""


@pytest.mark.parametrize(
    ("handler", "hint"),
    [
        (None, "Decorate a function of one argument"),
        ("library.index", "Decorate a function of one argument"),
        (is_async, "Write it with def and without yield"),
        (generates, "Write it with def and without yield"),
        (generates_in_time, "Write it with def and without yield"),
        (Index(), "Write it with def and without yield"),
        (partial(is_async), "Write it with def and without yield"),
        (lambda: None, "Let it take the batch"),
        (lambda batch, more: None, "Let it take the batch"),
        (lambda *, batch: None, "Let it take the batch"),
    ],
)
def test_e049_handlers(handler, hint):
    id_, _, remedy = mistake(Book, handler=handler)
    assert id_ == "E049"
    assert remedy.startswith(hint)


@pytest.mark.parametrize("start", ["now", "LATEST", None, 5, NOW.date(), NOW.replace(tzinfo=None)])
def test_e050_starts(start):
    id_, message, hint = mistake(Book, start=start)
    assert id_ == "E050"
    assert ("no time zone" in message) is isinstance(start, datetime)
    assert hint


def test_without_time_zones_moments_have_none(settings):
    settings.USE_TZ = False
    assert found(Book, start=datetime(2026, 1, 1)) == []


@pytest.mark.parametrize("wrong", [0, -1, True, 1.5, "5", None, 10**7])
@pytest.mark.parametrize("name", ["batch_size", "shards", "attempts"])
def test_e051_whole_numbers(name, wrong):
    id_, message, hint = mistake(Book, **{name: wrong})
    assert (id_, message) == ("E051", f"has {name}={wrong!r}.")
    assert hint.startswith(f"{name} is a whole number from 1 to ")


@pytest.mark.parametrize("wrong", [-1, True, "5", None, float("nan"), float("inf")])
def test_e051_seconds(wrong):
    assert mistake(Book, backoff=wrong) == (
        "E051",
        f"has backoff={wrong!r}.",
        "backoff is a number of seconds, 0 or more.",
    )


def test_e052_choices():
    assert mistake(Book, on_failure="ignore") == (
        "E052",
        "has on_failure='ignore'.",
        'on_failure is "park" or "skip" or "stop".',
    )
    [_, (id_, message, _)] = found(Book, name="other", atomic=None)
    assert (id_, message) == (
        "trigger_audit.E052",
        "The subscription 'other' has atomic=None.",
    )


def test_w010_a_start_in_the_future():
    id_, message, _ = mistake(Book, start=NOW + timedelta(days=1))
    assert id_ == "W010"
    assert message.endswith("in the future: no change before that is ever delivered.")


def test_the_module_is_told_and_apps_are_told_apart():
    found(Tag)
    (message,) = check_subscriptions()
    assert str(message).startswith("tests.checks.mistakes: (trigger_audit.E044) The sub")
    handle_of_library = lambda batch: None  # noqa: E731
    handle_of_library.__module__ = "tests.example.subscriptions"
    found(Tag, name="of the app", handler=handle_of_library)
    (message,) = check_subscriptions([apps.get_app_config("library")])
    assert "'of the app'" in message.msg


def test_manage_check_runs_them():
    found(Tag)
    with pytest.raises(SystemCheckError, match=r"E044\) The subscription 'library.search' names"):
        call_command("check")


def test_a_module_that_fails_says_so_itself(monkeypatch, tmp_path, settings):
    app = tmp_path / "broken_app"
    app.mkdir()
    (app / "__init__.py").touch()
    (app / "subscriptions.py").write_text("import nowhere")
    monkeypatch.syspath_prepend(tmp_path)
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "broken_app"]
    registry.discover.cache_clear()
    with pytest.raises(ModuleNotFoundError, match="No module named 'nowhere'"):
        call_command("check")
    (app / "subscriptions.py").write_text("")
    invalidate_caches()
    call_command("check")
