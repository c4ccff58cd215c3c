"""What a project declares: ``Meta.audit`` and ``register``."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from django.apps.registry import Apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models

Model = type[models.Model]

ALL = "__all__"

ADDED = ("view", "projections")
"""Arguments that are shown where they are given, and only there."""

META = "Meta.audit"
REGISTER = "register"


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
    :param view: whether a view named ``<db_table>_audit`` shows the events with typed columns.
    :param projections: names of functions of yours, by their schemas or without, that are called
        with the rows of each statement, in this order.
    """

    def __init__(
        self,
        fields: str | Collection[str] = ALL,
        *,
        exclude: Collection[str] = (),
        redact: Collection[str] = (),
        images: str = "full",
        condition: Any = None,
        level: str = "statement",
        view: bool = False,
        projections: Sequence[str] = (),
    ) -> None:
        self.fields = fields
        self.exclude = exclude
        self.redact = redact
        self.images = images
        self.condition = condition
        self.level = level
        self.view = view
        self.projections = projections

    def __repr__(self) -> str:
        shown = {name: value for name, value in vars(self).items() if name not in ADDED or value}
        arguments = ", ".join(f"{name}={value!r}" for name, value in shown.items())
        return f"Audit({arguments})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Audit) and self._comparable() == other._comparable()

    __hash__ = None  # type: ignore[assignment]  # It can be altered.

    def _comparable(self) -> dict[str, Any]:
        """The arguments, where neither kind nor order of a collection of fields counts."""
        arguments: dict[str, Any] = {
            name: frozenset(value) if is_names(value) else value
            for name, value in vars(self).items()
        }
        if is_ordered_names(self.projections):
            arguments["projections"] = tuple(self.projections)
        return arguments


@dataclass(frozen=True)
class Registration:
    """A call of :func:`register`, resolved when it is used."""

    model: str | Model
    audit: Any
    app_label: str

    @property
    def label(self) -> str:
        return str(self.model._meta.label if is_model(self.model) else self.model)


registrations: list[Registration] = []


def register(model: str | Model, audit: Any = ALL, *, app_label: str) -> None:
    """Audit a model that is not yours.

    :param model: the model, or its ``"app_label.ModelName"``.
    :param audit: anything that ``Meta.audit`` takes.
    :param app_label: the app whose migrations hold the operations.
    """
    registrations.append(Registration(model, audit, app_label))


def unregister(model: str | Model) -> None:
    """Take back every registration of ``model``."""
    label = Registration(model, None, "").label.lower()
    registrations[:] = [entry for entry in registrations if entry.label.lower() != label]


@dataclass(frozen=True)
class Declaration:
    """An audit, the concrete model it is about and the app that declared it."""

    model: Model
    audit: Audit
    app_label: str
    declared_on: Model
    source: str

    @property
    def is_own(self) -> bool:
        """Whether it stands in the ``Meta`` of the concrete model itself."""
        return self.source == META and self.declared_on is self.model


def as_audit(value: Any) -> Audit | None:
    """The :class:`Audit` that a ``Meta.audit`` value stands for, None where it is none."""
    audit = value if isinstance(value, Audit) else Audit(value)
    well_formed = (
        is_all_or_names(audit.fields)
        and is_names(audit.exclude)
        and is_names(audit.redact)
        and is_ordered_names(audit.projections)
    )
    return audit if well_formed else None


def is_all_or_names(value: Any) -> bool:
    """Whether ``fields`` may be so."""
    return (isinstance(value, str) and value == ALL) or is_names(value)


def is_names(value: Any) -> bool:
    """Whether it is a collection of strings, and not a string."""
    return isinstance(value, (list, tuple, set, frozenset)) and all(
        isinstance(name, str) for name in value
    )


def is_ordered_names(value: Any) -> bool:
    """Whether it is a list or a tuple of strings: their order counts."""
    return isinstance(value, (list, tuple)) and all(isinstance(name, str) for name in value)


def is_model(value: Any) -> TypeGuard[Model]:
    """Whether it is a model class, abstract ones included."""
    return isinstance(value, type) and issubclass(value, models.Model) and hasattr(value, "_meta")


def declarations(apps: Apps) -> Iterator[Declaration]:
    """Every declaration of the project, as written: unknown models and wrong types left out."""
    for model in apps.get_models():
        audit = as_audit(getattr(model._meta, "audit", None))
        if audit is not None and not model._meta.swapped:
            yield _declaration(model, audit, model._meta.app_label, META)
    for entry in registrations:
        registered = find_model(apps, entry.model)
        audit = as_audit(entry.audit)
        if registered is not None and audit is not None and not registered._meta.swapped:
            yield _declaration(registered, audit, entry.app_label, REGISTER)


def _declaration(model: Model, audit: Audit, app_label: str, source: str) -> Declaration:
    concrete = model._meta.concrete_model or model
    return Declaration(concrete, audit, app_label, model, source)


def find_model(apps: Apps, model: Any) -> Model | None:
    """The model of a registration, None where the project has none of that name."""
    try:
        found: Model = apps.get_model(model._meta.label if is_model(model) else model)
    except (LookupError, ValueError, TypeError, AttributeError):
        return None
    return found


def audited(apps: Apps) -> dict[Model, Declaration]:
    """One declaration for each concrete model: a model's own goes before a proxy's."""
    found: dict[Model, Declaration] = {}
    for declaration in declarations(apps):
        known = found.get(declaration.model)
        if known is None or (declaration.is_own and not known.is_own):
            found[declaration.model] = declaration
    return found


def audited_fields(model: Model, audit: Audit) -> list[models.Field[Any, Any]]:
    """The audited fields that are columns of the model's own table, in the model's order."""
    chosen = _chooser(model, audit)
    return [
        field for field in model._meta.local_concrete_fields if is_column(field) and chosen(field)
    ]


def audited_many_to_many(model: Model, audit: Audit) -> list[models.ManyToManyField[Any, Any]]:
    """The audited many-to-many fields whose through table Django made."""
    chosen = _chooser(model, audit)
    return [
        field
        for field in model._meta.local_many_to_many
        # Migrations leave the relations of unmanaged models out of their state.
        if model._meta.managed and _has_own_through(field) and chosen(field)
    ]


def _has_own_through(field: Any) -> bool:
    """Whether Django made the through table; one that was named and is not there is a string."""
    through = field.remote_field.through
    return is_model(through) and bool(through._meta.auto_created)


def is_column(field: Any) -> bool:
    """Whether a trigger sees the field: PostgreSQL shows it virtual columns as null."""
    virtual = isinstance(field, models.GeneratedField) and not getattr(field, "db_persist", True)
    return bool(getattr(field, "concrete", False)) and not virtual


def is_chosen(field: Any, model: Model, audit: Audit) -> bool:
    """Whether an audit, by naming fields and excluding some, means this one."""
    return _chooser(model, audit)(field)


def _chooser(model: Model, audit: Audit) -> Callable[[Any], bool]:
    excluded = _names(model, audit.exclude)
    if audit.fields == ALL:
        return lambda field: field.name not in excluded
    wanted = _names(model, audit.fields) - excluded
    return lambda field: field.name in wanted


def redacted_names(model: Model, audit: Audit) -> set[str]:
    """The names of the redacted fields, as the model spells them."""
    return _names(model, audit.redact)


def _names(model: Model, names: Iterable[str]) -> set[str]:
    return {field_name for name in names for field_name in field_names(model, name)}


def field_names(model: Model, name: str) -> list[str]:
    """Field names for a field's name or attname, or for ``pk``, which may be several."""
    if name == "pk":
        return [field.name for field in model._meta.pk_fields]
    try:
        return [model._meta.get_field(name).name]
    except FieldDoesNotExist:
        return [name]
