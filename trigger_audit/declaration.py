"""What a project declares: ``Meta.audit`` and ``register``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps.registry import Apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models

ALL = "__all__"


class Audit:
    """What is audited of a model.

    Nothing is validated here: mistakes are reported by ``manage.py check``, all at once.

    :param fields: names of model fields, or ``"__all__"`` for every concrete field and every
        many-to-many field.
    :param exclude: names of fields that are left out.
    :param redact: names of fields whose changes are recorded and whose values are not.
    :param images: ``"full"`` keeps whole rows; ``"changes"`` keeps, of an UPDATE, only the
        fields that changed.
    :param condition: a ``pgtrigger`` condition on OLD and NEW; an image that an operation
        does not have counts as all null.
    :param level: ``"statement"``, or ``"row"`` for tables whose own row triggers write the
        same table again.
    """

    def __init__(
        self,
        fields: str | Sequence[str] = ALL,
        *,
        exclude: Sequence[str] = (),
        redact: Sequence[str] = (),
        images: str = "full",
        condition: Any = None,
        level: str = "statement",
    ) -> None:
        self.fields = fields
        self.exclude = exclude
        self.redact = redact
        self.images = images
        self.condition = condition
        self.level = level

    def __repr__(self) -> str:
        arguments = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"Audit({arguments})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Audit) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True)
class Registration:
    """A call of :func:`register`, resolved when it is used."""

    model: str | type[models.Model]
    audit: Any
    app_label: str

    @property
    def label(self) -> str:
        return self.model if isinstance(self.model, str) else self.model._meta.label


registrations: list[Registration] = []


def register(
    model: str | type[models.Model], audit: Any = ALL, *, app_label: str
) -> None:
    """Audit a model that is not yours.

    :param model: the model, or its ``"app_label.ModelName"``.
    :param audit: anything that ``Meta.audit`` takes.
    :param app_label: the app whose migrations hold the operations.
    """
    registrations.append(Registration(model, audit, app_label))


def unregister(model: str | type[models.Model]) -> None:
    """Take back every registration of ``model``."""
    label = Registration(model, None, "").label.lower()
    registrations[:] = [entry for entry in registrations if entry.label.lower() != label]


@dataclass(frozen=True)
class Declaration:
    """An audit, the concrete model it is about and the app that declared it."""

    model: type[models.Model]
    audit: Audit
    app_label: str
    declared_on: type[models.Model]
    source: str


def as_audit(value: Any) -> Audit | None:
    """The :class:`Audit` that a ``Meta.audit`` value stands for, None where it is none."""
    if isinstance(value, Audit):
        return value
    if value == ALL or (
        isinstance(value, (list, tuple)) and all(isinstance(name, str) for name in value)
    ):
        return Audit(value)
    return None


def declarations(apps: Apps) -> Iterator[Declaration]:
    """Every declaration of the project, as written: unknown models and wrong types left out."""
    for model in apps.get_models():
        audit = as_audit(getattr(model._meta, "audit", None))
        if audit is not None and not model._meta.swapped:
            yield _declaration(model, audit, model._meta.app_label, "Meta.audit")
    for entry in registrations:
        registered = find_model(apps, entry.model)
        audit = as_audit(entry.audit)
        if registered is not None and audit is not None and not registered._meta.swapped:
            yield _declaration(registered, audit, entry.app_label, "register")


def _declaration(
    model: type[models.Model], audit: Audit, app_label: str, source: str
) -> Declaration:
    concrete = model._meta.concrete_model or model
    return Declaration(concrete, audit, app_label, model, source)


def find_model(apps: Apps, model: str | type[models.Model]) -> type[models.Model] | None:
    """The model of a registration, None where the project has none of that name."""
    if not isinstance(model, str):
        return model
    try:
        return apps.get_model(model)
    except (LookupError, ValueError):
        return None


def audited(apps: Apps) -> dict[type[models.Model], Declaration]:
    """One declaration for each concrete model: a model's own goes before a proxy's."""
    found: dict[type[models.Model], Declaration] = {}
    for declaration in declarations(apps):
        known = found.get(declaration.model)
        if known is None or _is_own(declaration) and not _is_own(known):
            found[declaration.model] = declaration
    return found


def _is_own(declaration: Declaration) -> bool:
    return declaration.source == "Meta.audit" and declaration.declared_on is declaration.model


def audited_fields(model: type[models.Model], audit: Audit) -> list[models.Field[Any, Any]]:
    """The audited fields that are columns of the model's own table, in the model's order."""
    wanted = _names(model, audit.fields)
    excluded = _names(model, audit.exclude) or set()
    return [
        field
        for field in model._meta.local_concrete_fields
        if (wanted is None or field.name in wanted) and field.name not in excluded
    ]


def audited_many_to_many(
    model: type[models.Model], audit: Audit
) -> list[models.ManyToManyField[Any, Any]]:
    """The audited many-to-many fields whose through table Django made."""
    wanted = _names(model, audit.fields)
    excluded = _names(model, audit.exclude) or set()
    return [
        field
        for field in model._meta.local_many_to_many
        if (wanted is None or field.name in wanted)
        and field.name not in excluded
        and field.remote_field.through._meta.auto_created
        and field.remote_field.through._meta.managed == model._meta.managed
    ]


def redacted_names(model: type[models.Model], audit: Audit) -> set[str]:
    """The names of the redacted fields, as the model spells them."""
    return _names(model, audit.redact) or set()


def _names(model: type[models.Model], names: str | Sequence[str]) -> set[str] | None:
    """Field names for field names, attnames or ``pk``; None stands for all of them."""
    if names == ALL:
        return None
    return {_name(model, name) for name in names}


def _name(model: type[models.Model], name: str) -> str:
    try:
        field = model._meta.pk if name == "pk" else model._meta.get_field(name)
    except FieldDoesNotExist:
        return name
    return field.name if field is not None else name
