"""Declarations as they were written, right or wrong, one by one."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.apps.registry import Apps

from trigger_audit import declaration
from trigger_audit.declaration import Audit, Model


@dataclass(frozen=True)
class Entry:
    """A ``Meta.audit``, or a call of ``register``.

    :param named: what it is about, as written; a registration may name anything.
    :param declared_on: the model that this is, None where it is none that can be audited.
    """

    named: Any
    value: Any
    app_label: Any
    source: str
    declared_on: Model | None

    @property
    def model(self) -> Model | None:
        """The concrete model, whose table is audited."""
        return self.declared_on and self.declared_on._meta.concrete_model

    @cached_property
    def audit(self) -> Audit | None:
        return declaration.as_audit(self.value)

    @property
    def label(self) -> str:
        """The model's name for messages."""
        known = self.declared_on or self.named
        return str(known._meta.label) if declaration.is_model(known) else shown(known)

    def concerns(self, app_labels: Set[str]) -> bool:
        """Whether one of the apps declares it or has the model."""
        own = self.declared_on._meta.app_label if self.declared_on else None
        return any(label in app_labels for label in (own, self.app_label) if isinstance(label, str))


def entries(apps: Apps) -> Iterator[Entry]:
    """Each ``Meta.audit`` of a model in use, then each registration."""
    for model in apps.get_models():
        value = getattr(model._meta, "audit", None)
        if value is not None and not model._meta.swapped:
            yield Entry(model, value, model._meta.app_label, declaration.META, model)
    for each in declaration.registrations:
        found = declaration.find_model(apps, each.model)
        usable = found if found is not None and not found._meta.swapped else None
        yield Entry(each.model, each.audit, each.app_label, declaration.REGISTER, usable)


def shown(value: Any) -> str:
    """A value for a message, even one whose own ``repr`` fails."""
    try:
        return repr(value)
    except Exception:  # noqa: BLE001  # It is not ours.
        return object.__repr__(value)
