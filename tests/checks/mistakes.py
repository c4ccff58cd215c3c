"""Declares subscriptions, and tells what is wrong with them."""

import pytest

import trigger_audit
from trigger_audit import feed, subscription
from trigger_audit.checks.subscriptions import check_subscriptions
from trigger_audit.feed import registry

__all__ = ["found", "mistake", "no_other_subscriptions"]


@pytest.fixture(autouse=True)
def no_other_subscriptions(monkeypatch):
    """The subscriptions of the test alone."""
    feed.registered()
    monkeypatch.setattr(subscription, "subscriptions", [])
    monkeypatch.setattr(registry, "subscriptions", subscription.subscriptions)


def handle(batch):
    """A handler."""


def found(*models, handler=handle, name="library.search", **options):
    """The id, the message and the hint of each mistake in one more subscription."""
    trigger_audit.subscribe(*models, name=name, **options)(handler)
    return [(each.id, each.msg, each.hint) for each in check_subscriptions()]


def mistake(*models, **options):
    """The only one, less what all have in common."""
    [(id_, message, hint)] = found(*models, **options)
    beginning = "The subscription 'library.search' "
    assert message.startswith(beginning)
    return id_.removeprefix("trigger_audit."), message.removeprefix(beginning), hint
