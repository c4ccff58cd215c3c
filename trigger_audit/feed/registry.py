"""The subscriptions of the project, found in the apps."""

from __future__ import annotations

from collections.abc import Iterable
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


def find(name: str) -> Subscription | None:
    """The subscription of that name, if there is one."""
    return {each.name: each for each in registered()}.get(name)


def get(name: str) -> Subscription:
    """The subscription of that name.

    :raises UnknownSubscription: if there is none.
    """
    found = find(name)
    if found is None:
        raise UnknownSubscription(f"{name!r}; {hint(name, (each.name for each in registered()))}")
    return found


def hint(name: str, known: Iterable[str]) -> str:
    """What may be meant by a name that is none of those known, or where they are shown."""
    similar = get_close_matches(str(name), list(known))
    return f"did you mean {' or '.join(similar)}" if similar else "manage.py audit feed status"


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
