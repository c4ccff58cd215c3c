"""Checks of the subscriptions of the project."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage, Error

from trigger_audit.checks import handoff, subscribed_models, subscription_options
from trigger_audit.checks.entries import shown
from trigger_audit.checks.subscription_options import module_of
from trigger_audit.feed import registered
from trigger_audit.subscription import Subscription


def check_subscriptions(
    app_configs: Sequence[AppConfig] | None = None,
    **kwargs: Any,  # noqa: ARG001  # Checks must take what Django will add.
) -> list[CheckMessage]:
    """The mistakes in the subscriptions of the project, or of some of its apps."""
    found = registered()
    chosen = [each for each in found if app_configs is None or _is_of(each, app_configs)]
    return [
        *_check_names(found, chosen),
        *(message for each in chosen for message in _check(each)),
    ]


def _is_of(subscription: Subscription, app_configs: Sequence[AppConfig]) -> bool:
    config = apps.get_containing_app_config(module_of(subscription))
    return config in app_configs


def _check(subscription: Subscription) -> Iterator[CheckMessage]:
    yield from subscription_options.check(subscription)
    yield from subscribed_models.check(subscription)
    yield from handoff.check(subscription)


def _check_names(
    found: Sequence[Subscription], chosen: Sequence[Subscription]
) -> Iterator[CheckMessage]:
    first: dict[str, Subscription] = {}
    for each in found:
        other = first.setdefault(shown(each.name), each)
        if other is not each and (each in chosen or other in chosen):
            yield Error(
                f"Two subscriptions have the name {shown(each.name)}: of {module_of(other)} and of"
                f" {module_of(each)}. They would share one position.",
                hint="Give one of them another name.",
                obj=module_of(each),
                id="trigger_audit.E041",
            )
