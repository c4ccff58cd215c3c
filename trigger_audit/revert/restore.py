"""Takes one row back to a moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import DataError, router, transaction

from trigger_audit import declaration
from trigger_audit.exceptions import InvalidKey, NothingRecorded
from trigger_audit.moments import moment_of
from trigger_audit.names import Model, Renames
from trigger_audit.plan import Plan
from trigger_audit.revert import actions
from trigger_audit.revert.images import Image, Unknown
from trigger_audit.revert.lineage import object_id_of
from trigger_audit.revert.planner import Planner, is_audited, not_audited
from trigger_audit.revert.rows import Rows
from trigger_audit.revert.search import Search
from trigger_audit.revert.tables import Table
from trigger_audit.revert.wishes import Wish, as_json
from trigger_audit.triggers import primary_key_fields
from trigger_audit.values import MARKERS


def restore(
    model: Model | str,
    pk: Any,
    when: datetime,
    *,
    using: str | None = None,
    force: bool = False,
    dry_run: bool = False,
) -> Plan:
    """Make a row as it was: insert, change or delete it.

    A row that was not there yet is deleted. Of a model that inherits from others, the rows of all
    of their audited tables are made as they were; rows of other tables, and links, are not.

    :param model: the model, or a proxy of it, or its ``"app_label.ModelName"``.
    :param pk: the row's primary key then; a tuple for a composite one.
    :param when: an aware datetime that has passed.
    :param using: the alias of the database.
    :param force: go on in spite of conflicts, where that has a meaning.
    :param dry_run: return the plan, conflicts included, and write nothing.
    :raises InvalidMoment: for any other ``when``.
    :raises InvalidKey: if no row of the model can have such a key.
    :raises NothingRecorded: if the model is not audited, or no row ever had this key.
    :raises RevertRefused: if there are conflicts; nothing is written then.
    """
    moment, audited = moment_of(when, ahead=timedelta(0)), audited_models(model)
    alias = using or router.db_for_write(audited[0])

    def wishes(planner: Planner) -> Sequence[Wish]:
        return wishes_of(planner, audited, pk, moment)

    told = {"restores": moment.isoformat()}
    return actions.carry_out(alias, wishes, told, force=force, dry_run=dry_run)


def audited_models(model: Model | str) -> list[Model]:
    """The models whose audited tables hold a row of one.

    :raises NothingRecorded: if there are none.
    """
    found = declaration.find_model(apps, model)
    if found is None:
        raise NothingRecorded(f"the project has no model {model!r}")
    audited = [each for each in models_of(found) if is_audited(each)]
    if not audited:
        raise NothingRecorded(f"{found._meta.label} is not audited: declare audit in its Meta")
    return audited


def wishes_of(
    planner: Planner, audited: Sequence[Model], pk: Any, moment: datetime
) -> Sequence[Wish]:
    """What is to become of the rows that make one object.

    :raises NothingRecorded: if there were none, ever.
    """
    names = {model: name for name, model in planner.models.items()}
    if missing := [model._meta.label for model in audited if model not in names]:
        raise NothingRecorded(f"no table of {', '.join(missing)} in {planner.using!r}")
    planner.load(names[model] for model in audited)
    renames = Renames.read(planner.using, 0)
    searches = []
    for model in audited:
        table = planner.tables[names[model]]
        key = key_of(planner.rows, table, model, pk)
        searches.append(Search(planner.using, renames, table, key))
    emptied = [search for search in searches if search.truncations(moment)]
    kept = [search for search in searches if search not in emptied]
    events = [event for search in kept for event in search.since(moment)]
    if not events and not any(search.is_known(planner.rows) for search in searches):
        raise NothingRecorded(f"no {audited[0]._meta.label} ever had the key {pk!r}")
    events.sort(key=lambda event: event.id)
    taken_back = planner.take_back(events, is_checked=False) if events else []
    return [*taken_back, *(wish_as_of(planner.rows, search, moment) for search in emptied)]


def wish_as_of(rows: Rows, search: Search, moment: datetime) -> Wish:
    """A row of a table that was emptied since, of which no event tells what it was then."""
    table, hidden = search.table, not_audited(search.table)
    image = rows.as_of(table, moment, object_id_of(search.key))
    goal = image and {
        name: UNKNOWN if name in redacted(table) else value
        for name, value in image.items()
        if name not in hidden and not table.columns[name].is_generated
    }
    return Wish(table, search.key, goal, None, is_checked=False, excluded=hidden)


UNKNOWN = Unknown(MARKERS[0], is_redacted=True)


def redacted(table: Table) -> set[str]:
    """The columns whose values no event holds."""
    declared = declaration.audited(apps).get(table.model) if table.model else None
    if table.model is None or declared is None:
        return set()
    names = declaration.redacted_names(table.model, declared.audit)
    return {name for name, field in table.fields.items() if field.name in names}


def models_of(model: Model) -> Iterator[Model]:
    """The models whose tables hold a row of one: itself, and those whose key it has."""
    concrete: Any = model._meta.concrete_model
    yield concrete
    for parent, link in concrete._meta.parents.items():
        if link is not None and link.primary_key:
            yield from models_of(parent)


def key_of(rows: Rows, table: Table, model: Model, pk: Any) -> Image:
    """A key as events have it.

    :raises InvalidKey: if no row of the model can have it.
    """
    fields = primary_key_fields(model)
    values = list(pk) if len(fields) > 1 and isinstance(pk, (list, tuple)) else [pk]
    try:
        image = {
            name: as_json(field.to_python(value))
            for name, field, value in zip(table.key, fields, values, strict=True)
        }
        with transaction.atomic(using=rows.connection.alias):
            return rows.normalised(table, table.key, [image])[0]
    except (ValidationError, ValueError, TypeError, DataError) as error:
        raise InvalidKey(f"{pk!r} of {model._meta.label}") from error
