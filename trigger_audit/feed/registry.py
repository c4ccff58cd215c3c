"""The subscriptions of the project, found in the apps."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache

from django.db import router
from django.utils.module_loading import autodiscover_modules

from trigger_audit import declaration
from trigger_audit.declaration import Model
from trigger_audit.exceptions import UnknownModel, UnknownSubscription
from trigger_audit.subscription import Subscription, subscriptions


@cache
def discover() -> None:
    """Import the modules ``subscriptions`` of the installed apps, once."""
    autodiscover_modules("subscriptions")


def registered() -> list[Subscription]:
    """Every subscription of the project."""
    discover()
    return list(subscriptions)


def get(name: str) -> Subscription:
    """The subscription of that name.

    :raises UnknownSubscription: if there is none.
    """
    found = {each.name: each for each in registered()}
    if name not in found:
        similar = get_close_matches(str(name), found)
        hint = f"did you mean {' or '.join(similar)}" if similar else "manage.py audit feed status"
        raise UnknownSubscription(f"{name!r}; {hint}")
    return found[name]


def models_of(subscription: Subscription) -> list[Model]:
    """The models, as classes.

    :raises UnknownModel: if one is not installed.
    """
    from django.apps import apps

    found = []
    for each in subscription.models:
        model = declaration.find_model(apps, each)
        if model is None:
            raise UnknownModel(f"{each!r}, of the subscription {subscription.name}")
        found.append(model)
    return found


def database_of(subscription: Subscription) -> str:
    """The alias of the database that the subscription follows and keeps its position in."""
    return subscription.using or router.db_for_write(models_of(subscription)[0])
