"""What the state of migrations does besides: frozen SQL follows the columns that are renamed.

A RenameField written by hand has no operation of ours beside it. The database renames the column
in the function; the state must know, or a later operation, reversed, would restore a function
that names a column which is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial, wraps
from typing import Any

from django.db.migrations.state import ModelState, ProjectState
from django.db.migrations.utils import resolve_relation

from trigger_audit import views
from trigger_audit.sql import SQL, bare_name, forget_column, rename_column
from trigger_audit.triggers import OPTION, Compiled

Key = tuple[str, str]
Method = Callable[..., None]
Names = dict[str, list[str]]


def extend() -> None:
    """Have ``ProjectState`` keep audits right when it renames."""
    if not hasattr(ProjectState.rename_field, "__wrapped__"):
        for name, follow in FOLLOWERS.items():
            setattr(ProjectState, name, follow(getattr(ProjectState, name)))


def _following_field(method: Method, *, same_name: bool = False) -> Method:
    @wraps(method)
    def followed(
        self: ProjectState, app_label: str, model_name: str, name: str, value: Any, *rest: Any
    ) -> None:
        key = app_label, model_name
        before = _columns(self.models[key]) if is_audited(self.models.get(key)) else None
        method(self, app_label, model_name, name, value, *rest)
        if before is not None:
            _follow(self, key, before, {} if same_name else {name: value})

    return followed


def _following_model(method: Method) -> Method:
    @wraps(method)
    def followed(self: ProjectState, app_label: str, old_name: str, new_name: str) -> None:
        audited = {key: _columns(state) for key, state in self.models.items() if is_audited(state)}
        method(self, app_label, old_name, new_name)
        for key, before in audited.items():
            is_renamed = key == (app_label, old_name.lower())
            _follow(self, (app_label, new_name.lower()) if is_renamed else key, before, {})

    return followed


def _following_removal(method: Method) -> Method:
    @wraps(method)
    def followed(self: ProjectState, app_label: str, model_name: str, name: str) -> None:
        key = app_label, model_name
        state = self.models.get(key)
        columns = _columns(state)[name] if state is not None and is_audited(state) else []
        method(self, app_label, model_name, name)
        if len(columns) == 1:
            _forget(self, key, columns[0])

    return followed


def _forget(project: ProjectState, key: Key, column: str) -> None:
    state = project.models[key]
    compiled = state.options[OPTION]
    if compiled.sql is not None:
        state.options[OPTION] = replace(compiled, sql=forget_column(compiled.sql, column))
        project.reload_model(*key, delay=True)


def is_audited(state: ModelState | None) -> bool:
    """Whether triggers of ours are installed on the table of a model, or on its relations'."""
    return state is not None and isinstance(state.options.get(OPTION), Compiled)


def _follow(project: ProjectState, key: Key, before: Names, new_names: dict[str, str]) -> None:
    state = project.models[key]
    now = _columns(state)
    compiled = state.options[OPTION]
    sql, view, many_to_many = compiled.sql, compiled.view, dict(compiled.many_to_many)
    for name, columns in before.items():
        new_name = new_names.get(name, name)
        renames = list(zip(columns, now[new_name], strict=True))
        if name in many_to_many:
            many_to_many[new_name] = _renamed(many_to_many.pop(name), renames)
        elif sql is not None and not state.fields[new_name].many_to_many:
            sql = _renamed(sql, renames)
            view = _renamed(view, renames, views.rename_column) if view else None
    followed = replace(compiled, sql=sql, many_to_many=many_to_many, view=view)
    if followed != compiled:
        state.options[OPTION] = followed
        project.reload_model(*key, delay=True)


def _renamed(
    sql: SQL,
    renames: list[tuple[str, str]],
    rename: Callable[[SQL, str, str], SQL] = rename_column,
) -> SQL:
    for old, new in renames:
        sql = rename(sql, old, new) if old != new else sql
    return sql


def _columns(state: ModelState) -> Names:
    """The columns of each field: its own, or those of its many-to-many table."""
    return {name: list(_columns_of(state, name, field)) for name, field in state.fields.items()}


def _columns_of(state: ModelState, name: str, field: Any) -> Iterator[str]:
    if field.many_to_many:
        yield from _columns_of_through(state, field)
        return
    named = field.clone()
    named.set_attributes_from_name(name)
    if named.column is not None:
        yield bare_name(named.column)


def _columns_of_through(state: ModelState, field: Any) -> Iterator[str]:
    """As Django names them, for the tables that it makes itself."""
    source = state.name_lower
    _, target = resolve_relation(field.remote_field.model, state.app_label, source)
    prefixes = ("from_", "to_") if source == target else ("", "")
    yield f"{prefixes[0]}{source}_id"
    yield f"{prefixes[1]}{target}_id"


FOLLOWERS: dict[str, Callable[[Method], Method]] = {
    "rename_field": _following_field,
    "alter_field": partial(_following_field, same_name=True),
    "rename_model": _following_model,
    "remove_field": _following_removal,
}
